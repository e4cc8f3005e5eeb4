"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useMomentText } from "@/components/shell/moment-text";
import { useQueryFailure } from "@/components/shell/query-error";
import { useTRPC } from "@/components/shell/trpc-provider";
import { Button } from "@/components/ui/button";
import { CodeBlock } from "@/components/ui/code-block";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import type { Role } from "@/server/access/model";
import { isReachComplete, type Reach } from "./reach-field";
import { RoleAndReach } from "./role-and-reach";

/** Makes an invitation and shows its link, once. */
export function InviteDialog({ roles, onClose }: { roles: readonly Role[]; onClose: () => void }) {
  const t = useTranslations("access");
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const failureOf = useQueryFailure();
  const moment = useMomentText();
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("viewer");
  const [reach, setReach] = useState<Reach>(null);
  const create = useMutation(
    trpc.access.invitations.create.mutationOptions({
      onSettled: () => void queryClient.invalidateQueries({ queryKey: trpc.access.pathKey() }),
    }),
  );
  if (create.data) {
    return (
      <Dialog
        isOpen
        onOpenChange={(isOpen) => !isOpen && onClose()}
        title={t("invite.made", { email })}
        description={t("invite.madeHelp", { time: moment.exact(create.data.expiresAt) })}
        widthPx={560}
        footer={
          <Button variant="primary" onClick={onClose}>
            {t("invite.done")}
          </Button>
        }
      >
        <CodeBlock code={create.data.url} copyLabel={t("invite.copy")} />
      </Dialog>
    );
  }
  const submit = () => create.mutate({ email: email.trim(), role, scopeSelector: reach });
  return (
    <Dialog isOpen onOpenChange={(isOpen) => !isOpen && onClose()} title={t("invite.title")}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Field label={t("team.email")}>
          <Input
            type="email"
            required
            maxLength={320}
            value={email}
            onChange={(event) => setEmail(event.target.value)}
          />
        </Field>
        <RoleAndReach
          roles={roles}
          role={role}
          onRole={setRole}
          reach={reach}
          onReach={setReach}
          problem={create.error ? failureOf(create.error).text : null}
        />
        <Button
          type="submit"
          variant="primary"
          className="max-sm:w-full sm:self-end"
          isBusy={create.isPending}
          disabled={!isReachComplete(reach)}
        >
          {t("invite.create")}
        </Button>
      </form>
    </Dialog>
  );
}
