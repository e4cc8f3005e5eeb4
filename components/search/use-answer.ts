"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTRPC } from "@/components/shell/trpc-provider";
import type { Outputs } from "@/server/root";

/** A pause in typing this long asks; shorter ones are within a word. */
const PAUSE_MS = 60;

/**
 * The answer to what is typed. While the next one is on its way the one before stays; a question that is not wanted any
 * more is taken back.
 */
export function useAnswer(typed: string) {
  const trpc = useTRPC();
  const text = typed.trim();
  const [question, setQuestion] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setQuestion(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const query = useQuery(
    trpc.search.ask.queryOptions(
      { question },
      {
        enabled: text !== "" && question !== "",
        placeholderData: keepPreviousData,
        staleTime: 5_000,
        trpc: { abortOnUnmount: true },
      },
    ),
  );
  // A question that fails takes nothing away from what was found before.
  const last = useRef<Outputs["search"]["ask"] | undefined>(undefined);
  if (query.data) last.current = query.data;
  const isEmpty = text === "" || question === "";
  return {
    /** What the answer is to. */
    question,
    answer: isEmpty ? undefined : (query.data ?? last.current),
    isWaiting: !isEmpty && (query.isFetching || text !== question),
    isOffline: !isEmpty && query.fetchStatus === "paused",
    error: isEmpty ? null : query.error,
    retry: query.refetch,
  };
}
