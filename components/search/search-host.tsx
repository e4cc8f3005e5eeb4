"use client";

import dynamic from "next/dynamic";
import { useEffect, useState } from "react";
import { useSearchState } from "./search-provider";

// Loaded when somebody searches for the first time: no page needs it to be shown.
const SearchPalette = dynamic(() => import("./search-palette").then((loaded) => loaded.SearchPalette), { ssr: false });

/** The search itself, once it was opened. */
export function SearchHost() {
  const { isOpen } = useSearchState();
  const [wasOpened, setWasOpened] = useState(false);
  useEffect(() => {
    if (isOpen) setWasOpened(true);
  }, [isOpen]);
  return isOpen || wasOpened ? <SearchPalette /> : null;
}
