import { handlePlanRequest } from "@/server/support/doors";

export const dynamic = "force-dynamic";

export { handlePlanRequest as GET };
