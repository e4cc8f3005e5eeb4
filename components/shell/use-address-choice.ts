"use client";

import { usePathname, useSearchParams } from "next/navigation";
import { useCallback } from "react";

/**
 * A choice that lives in the address (`?tab=storage`), so that a link shows what its sender saw. A value that is none of
 * the choices counts as the first one, which is not written into the address.
 */
export function useAddressChoice<V extends string>(
  name: string,
  choices: readonly [V, ...V[]],
): [V, (next: V) => void] {
  const parameters = useSearchParams();
  const pathname = usePathname();
  const chosen = choices.find((choice) => choice === parameters.get(name)) ?? choices[0];
  const [first] = choices;
  const choose = useCallback(
    (next: V) => {
      const changed = new URLSearchParams(window.location.search);
      if (next === first) changed.delete(name);
      else changed.set(name, next);
      const text = changed.toString();
      window.history.replaceState(null, "", text ? `${pathname}?${text}` : pathname);
    },
    [first, name, pathname],
  );
  return [chosen, choose];
}
