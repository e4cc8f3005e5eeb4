import { handleHealthRequest } from "@/server/http";

export const dynamic = "force-dynamic";

export { handleHealthRequest as GET };
