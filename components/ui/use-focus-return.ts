import { useRef } from "react";

export type FocusReturn = {
  onOpenAutoFocus: () => void;
  onCloseAutoFocus: (event: Event) => void;
};

/**
 * Gives the focus back to where it was when a window opened. Radix does so only for windows with a trigger of their
 * own, and ours are opened by state. From a menu, whose items are gone by then, it goes to the menu's button.
 */
export function useFocusReturn(): FocusReturn {
  const opener = useRef<HTMLElement | null>(null);
  return {
    onOpenAutoFocus: () => {
      const active = document.activeElement;
      const menu = active?.closest("[role=menu]");
      const origin = menu ? document.getElementById(menu.getAttribute("aria-labelledby") ?? "") : active;
      opener.current = origin instanceof HTMLElement ? origin : null;
    },
    onCloseAutoFocus: (event) => {
      event.preventDefault();
      opener.current?.focus();
    },
  };
}
