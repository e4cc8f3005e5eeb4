import { handlers } from "@/server/access/auth";

export const { GET, POST } = handlers;
