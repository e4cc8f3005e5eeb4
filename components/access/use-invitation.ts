"use client";

import { useTranslations } from "next-intl";
import { useCallback, useEffect, useState } from "react";
import { z } from "zod";
import { INVITATION_TOKEN_PATTERN, ROLES } from "@/server/access/model";

const Invitation = z.object({
  email: z.string(),
  role: z.enum(ROLES),
  organisation: z.string(),
  hasAccount: z.boolean(),
});
export type Invitation = z.infer<typeof Invitation>;
export type NewAccount = { name: string; password: string };

export type InvitationState =
  | { kind: "loading" }
  | { kind: "ended" }
  | { kind: "unreachable" }
  | { kind: "open"; invitation: Invitation; problem: string | null }
  | { kind: "accepted"; invitation: Invitation };

const Refusal = z.object({ reason: z.string() });

/** The token stands behind the #, so it never was in a log; here it goes into the body of a request. */
async function send(accept?: { account: NewAccount | null }): Promise<{ isDone: boolean; body: unknown }> {
  const token = window.location.hash.slice(1);
  if (!INVITATION_TOKEN_PATTERN.test(token)) return { isDone: false, body: { reason: "invitation_ended" } };
  const answer = await fetch("/api/invitation", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token, accept }),
  });
  if (answer.status >= 500) throw new Error(`/api/invitation answered ${answer.status}`);
  return { isDone: answer.ok, body: await answer.json() };
}

/** What the link in the address bar is for, and its acceptance. */
export function useInvitation(): {
  state: InvitationState;
  look: () => void;
  accept: (account: NewAccount | null) => Promise<void>;
} {
  const errors = useTranslations("errors");
  const [state, setState] = useState<InvitationState>({ kind: "loading" });
  const look = useCallback(() => {
    setState({ kind: "loading" });
    send()
      .then(({ body }) => Invitation.safeParse(body).data)
      .then((invitation) => setState(invitation ? { kind: "open", invitation, problem: null } : { kind: "ended" }))
      .catch(() => setState({ kind: "unreachable" }));
  }, []);
  useEffect(() => {
    look();
    // Another link pasted into the same tab changes only what stands behind the #: the page is not loaded anew.
    window.addEventListener("hashchange", look);
    return () => window.removeEventListener("hashchange", look);
  }, [look]);
  const accept = async (account: NewAccount | null) => {
    if (state.kind !== "open") return;
    const { invitation } = state;
    const refuse = (problem: string) => setState({ kind: "open", invitation, problem });
    try {
      const { isDone, body } = await send({ account });
      if (isDone) return setState({ kind: "accepted", invitation });
      const refusal = Refusal.safeParse(body).data;
      if (refusal?.reason === "invitation_ended") return setState({ kind: "ended" });
      if (refusal?.reason === "account_needed") return refuse(errors("account_needed"));
      refuse(errors("unreachable"));
    } catch {
      refuse(errors("unreachable"));
    }
  };
  return { state, look, accept };
}
