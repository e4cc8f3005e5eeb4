"use client";

import { usePathname, useSearchParams } from "next/navigation";
import { useCallback, useMemo } from "react";
import { type ListName, type ListState, listStateParameters, parseListState } from "@/server/lists/model";

export type ListControl = {
  list: ListName;
  state: ListState;
  /** The state as it stands in the address. */
  address: string;
  update: (change: Partial<ListState>) => void;
  /** Shows what another address of this list says. */
  show: (address: string) => void;
};

/** All that decides what a list shows; it lives in the address, so that a link shows exactly the same. */
export function useListState(list: ListName): ListControl {
  const parameters = useSearchParams();
  const pathname = usePathname();
  const state = useMemo(() => parseListState(list, new URLSearchParams(parameters)), [list, parameters]);
  const show = useCallback(
    (address: string) => window.history.replaceState(null, "", address ? `${pathname}?${address}` : pathname),
    [pathname],
  );
  const update = useCallback(
    (change: Partial<ListState>) => show(listStateParameters({ ...state, ...change }).toString()),
    [show, state],
  );
  return { list, state, address: listStateParameters(state).toString(), update, show };
}
