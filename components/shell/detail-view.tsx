"use client";

import type { Route } from "next";
import Link from "next/link";
import type { ReactNode } from "react";
import { Skeleton } from "@/components/ui/skeleton";
import { ErrorState } from "./error-state";
import type { Moment } from "./freshness";
import { PageHeader } from "./page-header";
import { type QueryLike, QueryView } from "./query-view";

export type DetailViewProps<T> = {
  query: QueryLike<T> & { error: { data?: { code: string } | null } | null };
  /** The list that this one thing is in. */
  list: { href: Route; label: string };
  notFound: { title: string; help: string };
  silentSince?: (data: T) => Moment | null;
  /** @param breadcrumb the way back to the list, for the header */
  children: (data: T, breadcrumb: ReactNode) => ReactNode;
};

/** A page about one thing: as `QueryView` shows it, or that there is no such thing for this reader. */
export function DetailView<T>({ query, list, notFound, silentSince, children }: DetailViewProps<T>) {
  const code = query.error?.data?.code;
  const breadcrumb = (
    <Link href={list.href} className="hover:underline">
      {list.label}
    </Link>
  );
  // An address that is no address of anything is answered with BAD_REQUEST.
  if (code === "NOT_FOUND" || code === "BAD_REQUEST") {
    return (
      <>
        <PageHeader title={notFound.title} breadcrumb={breadcrumb} />
        <ErrorState state="unknown" title={notFound.title} help={notFound.help} />
      </>
    );
  }
  return (
    <QueryView query={query} skeleton={<Skeleton className="h-[70dvh]" />} silentSince={silentSince}>
      {(data) => children(data, breadcrumb)}
    </QueryView>
  );
}
