import { handleInvitationRequest } from "@/server/http";

export { handleInvitationRequest as POST };
