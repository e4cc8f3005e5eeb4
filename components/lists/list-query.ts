"use client";

import { keepPreviousData } from "@tanstack/react-query";
import { type Dimension, dimensionOf, type ListState } from "@/server/lists/model";
import type { Inputs } from "@/server/root";
import { type ListPage, nextCursor } from "./list-lines";

const PAGE_ROWS = 100;

type ListInput = Inputs["clusters"]["list"];

/** What a list asks the server for, so that it shows this state. */
export function listInput({ selector, search, sort, order, groupBy, unfolded, columns }: ListState): ListInput {
  const dimensions: Dimension[] = (columns ?? []).flatMap((id) => dimensionOf(id) ?? []);
  return { selector, search, sort, order, groupBy, unfolded, dimensions, limit: PAGE_ROWS };
}

/** How a list is read page by page; what was shown stays while the next state is asked for. */
export function listPaging<Row>({ unfolded }: ListState) {
  return {
    initialCursor: 0,
    getNextPageParam: (_: ListPage<Row>, pages: ListPage<Row>[]) => nextCursor(pages, unfolded),
    placeholderData: keepPreviousData,
  };
}
