import { handleCalendarRequest } from "@/server/support/doors";
import { feedWording } from "./feed-wording";

export const dynamic = "force-dynamic";

export const GET = (request: Request): Promise<Response> => handleCalendarRequest(request, feedWording);
