"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Pencil, Trash2, X } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { toast } from "sonner";
import { useMay } from "@/components/access/use-may";
import { useQueryFailure } from "@/components/shell/query-error";
import { useTRPC } from "@/components/shell/trpc-provider";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { IconButton } from "@/components/ui/icon-button";
import { Input } from "@/components/ui/input";
import type { Outputs } from "@/server/root";
import type { ListControl } from "./use-list-state";

type View = Outputs["lists"]["views"]["list"][number];

function useViewActions({ list, address }: ListControl) {
  const t = useTranslations("lists.views");
  const trpc = useTRPC();
  const client = useQueryClient();
  const failureOf = useQueryFailure();
  const settle = {
    onError: (error: unknown) => void toast.error(failureOf(error).text),
    onSettled: () => client.invalidateQueries({ queryKey: trpc.lists.views.list.queryKey({ list }) }),
  };
  const create = useMutation(trpc.lists.views.create.mutationOptions(settle));
  const update = useMutation(trpc.lists.views.update.mutationOptions(settle));
  const remove = useMutation(trpc.lists.views.delete.mutationOptions(settle));
  return {
    isBusy: create.isPending || update.isPending,
    remove: (viewId: string) => remove.mutate({ viewId }),
    rename: (viewId: string, name: string, onRenamed: () => void) =>
      update.mutate({ viewId, name }, { onSuccess: onRenamed }),
    keep: (name: string, isTeam: boolean, same: View | undefined, onKept: () => void) => {
      const onSuccess = () => {
        toast(t("saved", { name }));
        onKept();
      };
      if (same) update.mutate({ viewId: same.id, query: address }, { onSuccess });
      else create.mutate({ list, name, query: address, isTeam }, { onSuccess });
    },
  };
}

/** The name of a view as a field. */
function NameForm({ view, isBusy, onKeep, onLeave }: NameFormProps) {
  const t = useTranslations("lists.views");
  const [name, setName] = useState(view.name);
  return (
    <form
      className="flex min-w-0 flex-1 items-center gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim() === view.name) onLeave();
        else if (name.trim() !== "") onKeep(name.trim());
      }}
    >
      <Input
        autoFocus
        aria-label={t("newName", { name: view.name })}
        value={name}
        onChange={(event) => setName(event.target.value)}
        maxLength={100}
      />
      <Button type="submit" isBusy={isBusy} disabled={name.trim() === ""}>
        {t("rename")}
      </Button>
      <IconButton label={t("leave")} icon={<X aria-hidden />} onClick={onLeave} />
    </form>
  );
}

type NameFormProps = { view: View; isBusy: boolean; onKeep: (name: string) => void; onLeave: () => void };

function ViewList(props: {
  title: string;
  views: readonly View[];
  mayChange: boolean;
  isBusy: boolean;
  onShow: (view: View) => void;
  onRename: (viewId: string, name: string, onRenamed: () => void) => void;
  onDelete: (viewId: string) => void;
}) {
  const t = useTranslations("lists.views");
  const [namedId, setNamedId] = useState<string | null>(null);
  const leave = () => setNamedId(null);
  if (props.views.length === 0) return null;
  return (
    <section>
      <h3 className="text-caption text-ink-muted">{props.title}</h3>
      <ul>
        {props.views.map((view) => (
          <li key={view.id} className="flex items-center justify-between gap-2">
            {namedId === view.id ? (
              <NameForm
                view={view}
                isBusy={props.isBusy}
                onKeep={(name) => props.onRename(view.id, name, leave)}
                onLeave={leave}
              />
            ) : (
              <Button variant="ghost" className="min-w-0 flex-1 justify-start" onClick={() => props.onShow(view)}>
                <span className="truncate">{view.name}</span>
              </Button>
            )}
            {props.mayChange && namedId !== view.id ? (
              <>
                <IconButton
                  label={t("renameOf", { name: view.name })}
                  icon={<Pencil aria-hidden />}
                  onClick={() => setNamedId(view.id)}
                />
                <IconButton
                  label={t("delete", { name: view.name })}
                  icon={<Trash2 aria-hidden />}
                  onClick={() => props.onDelete(view.id)}
                />
              </>
            ) : null}
          </li>
        ))}
      </ul>
    </section>
  );
}

export type ViewsDialogProps = { control: ListControl; isOpen: boolean; onOpenChange: (isOpen: boolean) => void };

/** Views that this person and the team keep of a list: to show one, to keep what is shown, to rename one or let it go. */
export function ViewsDialog({ control, isOpen, onOpenChange }: ViewsDialogProps) {
  const t = useTranslations("lists.views");
  const trpc = useTRPC();
  const mayShare = useMay()("lists:share");
  const [name, setName] = useState("");
  const [isTeam, setTeam] = useState(false);
  const { data: views = [] } = useQuery(
    trpc.lists.views.list.queryOptions({ list: control.list }, { enabled: isOpen }),
  );
  const { isBusy, keep, rename, remove } = useViewActions(control);
  const isForTeam = isTeam && mayShare;
  const same = views.find((view) => view.isTeam === isForTeam && view.name.toLowerCase() === name.trim().toLowerCase());
  const show = (view: View) => {
    control.show(view.query);
    onOpenChange(false);
  };
  return (
    <Dialog isOpen={isOpen} onOpenChange={onOpenChange} title={t("title")} description={t("help")}>
      <div className="flex flex-col gap-5">
        {views.length === 0 ? <p className="text-ink-muted text-table">{t("empty")}</p> : null}
        <ViewList
          title={t("own")}
          views={views.filter((view) => !view.isTeam)}
          mayChange
          isBusy={isBusy}
          onShow={show}
          onRename={rename}
          onDelete={remove}
        />
        <ViewList
          title={t("team")}
          views={views.filter((view) => view.isTeam)}
          mayChange={mayShare}
          isBusy={isBusy}
          onShow={show}
          onRename={rename}
          onDelete={remove}
        />
        <form
          className="flex flex-col gap-3 border-line border-t pt-4"
          onSubmit={(event) => {
            event.preventDefault();
            if (name.trim() !== "") keep(name.trim(), isForTeam, same, () => setName(""));
          }}
        >
          <Field label={t("name")}>
            <Input value={name} onChange={(event) => setName(event.target.value)} maxLength={100} />
          </Field>
          {mayShare ? <Checkbox isChecked={isTeam} onChange={setTeam} label={t("forTeam")} /> : null}
          <Button type="submit" variant="primary" isBusy={isBusy} disabled={name.trim() === ""} className="self-end">
            {same ? t("replace") : t("save")}
          </Button>
        </form>
      </div>
    </Dialog>
  );
}
