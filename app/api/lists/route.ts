import { handleExportRequest } from "@/server/http";

export const dynamic = "force-dynamic";

export { handleExportRequest as GET };
