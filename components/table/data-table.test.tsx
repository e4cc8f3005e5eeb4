// @vitest-environment jsdom
import type { Route } from "next";
import { act } from "react";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Stage, stage } from "@/components/shell/testing";
import { DataTable, type DataTableProps } from "./data-table";
import { HEADER_PX } from "./data-table-header";
import type { TableColumn } from "./table-column";

type Row = { id: string; name: string; cpu: number };
const COLUMNS: TableColumn<Row>[] = [
  { id: "name", header: "Machine", widthPx: 200, isSortable: true, cell: (row) => row.name },
  { id: "cpu", header: "CPU", widthPx: 80, align: "end", isSortable: true, cell: (row) => row.cpu },
  { id: "site", header: "Site", widthPx: 80, isHiddenAtFirst: true, cell: () => "Kiel" },
];
const rowsOf = (count: number): Row[] =>
  Array.from({ length: count }, (_, index) => ({ id: `m${index}`, name: `edge-${index}`, cpu: index }));

let page: Stage;
beforeEach(() => {
  // jsdom measures nothing; the table is told to be 640 pixels high, as it is on a screen.
  vi.spyOn(Element.prototype, "clientHeight", "get").mockReturnValue(640);
  vi.spyOn(Element.prototype, "clientWidth", "get").mockReturnValue(1200);
  vi.spyOn(Element.prototype, "scrollHeight", "get").mockReturnValue(HEADER_PX + 10_000 * 36);
  Element.prototype.scrollTo = function scrollTo(this: Element, options?: ScrollToOptions | number) {
    this.scrollTop = typeof options === "object" ? (options.top ?? 0) : 0;
    this.dispatchEvent(new Event("scroll"));
  } as Element["scrollTo"];
  page = stage();
});
afterEach(() => {
  page.remove();
  vi.restoreAllMocks();
  localStorage.clear();
});

function draw(props: Partial<DataTableProps<Row>> = {}, count = 10_000) {
  const rows = props.rows ?? rowsOf(count);
  page.draw(
    <DataTable
      id="machines"
      label="Machines"
      columns={COLUMNS}
      rows={rows}
      total={rows.length}
      getRowId={(row) => row.id}
      getRowName={(row) => row.name}
      getRowHref={(row) => `/machines/${row.id}` as Route}
      {...props}
    />,
  );
}
const drawnRows = () => [...page.root.querySelectorAll<HTMLElement>("tr[data-index]")];
const focused = () => (document.activeElement as HTMLElement | null)?.dataset.index;
const press = (key: string) =>
  act(() => {
    document.activeElement?.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  });

describe("window", () => {
  test("of 10,000 rows only those in view are drawn, and the rest is told to screen readers", () => {
    draw();
    expect(drawnRows().length).toBeGreaterThan(10);
    expect(drawnRows().length).toBeLessThan(60);
    expect(page.root.querySelector("[role=grid]")?.getAttribute("aria-rowcount")).toBe("10001");
    expect(drawnRows()[0]?.getAttribute("aria-rowindex")).toBe("2");
  });

  test("every row is a real link, so that it can be opened in a new tab", () => {
    draw({}, 3);
    expect(drawnRows().map((row) => row.querySelector("a")?.getAttribute("href"))).toEqual([
      "/machines/m0",
      "/machines/m1",
      "/machines/m2",
    ]);
  });

  test("more rows are asked for when the end comes near, and not when all are there", () => {
    const onEndReached = vi.fn();
    draw({ rows: rowsOf(30), total: 500, onEndReached });
    expect(onEndReached).toHaveBeenCalled();
    onEndReached.mockClear();
    draw({ rows: rowsOf(30), total: 30, onEndReached });
    expect(onEndReached).not.toHaveBeenCalled();
  });
});

describe("groups", () => {
  const onToggle = vi.fn();
  const getGroup = (row: Row) =>
    row.id === "m1" ? { name: "Kiel", summary: "3 rows", isUnfolded: false, onToggle } : null;

  test("a line of a group goes over all columns and says whether it is unfolded", () => {
    draw({ getGroup }, 3);
    const line = drawnRows()[1];
    expect(line?.querySelector("td")?.colSpan).toBe(2);
    expect(line?.querySelector("button")?.getAttribute("aria-expanded")).toBe("false");
    expect(line?.textContent).toBe("Kiel3 rows");
  });

  test("is reached by the arrow keys and unfolded by Enter", () => {
    draw({ getGroup }, 3);
    act(() => drawnRows()[0]?.focus());
    press("ArrowDown");
    expect(focused()).toBe("1");
    press("Enter");
    expect(onToggle).toHaveBeenCalledOnce();
  });

  test("is no row that can be chosen", () => {
    const onSelect = vi.fn();
    draw({ getGroup, selection: { selectedIds: new Set(), onSelect } }, 3);
    act(() => page.root.querySelector<HTMLElement>("thead [role=checkbox]")?.click());
    expect(onSelect).toHaveBeenCalledWith(new Set(["m0", "m2"]));
  });
});

describe("columns that the address keeps", () => {
  test("are shown as it says, also against what this browser remembers", () => {
    localStorage.setItem("fernblick-columns-machines", JSON.stringify({ cpu: true }));
    draw({ columnChoice: { shown: ["site"], onShown: () => {} } }, 1);
    expect([...page.root.querySelectorAll("th")].map((head) => head.textContent)).toEqual(["Machine", "Site"]);
  });
});

describe("keyboard", () => {
  test("exactly one row is reached by Tab, and nothing inside of the rows is", () => {
    draw();
    expect(
      drawnRows()
        .filter((row) => row.tabIndex === 0)
        .map((row) => row.dataset.index),
    ).toEqual(["0"]);
    expect(drawnRows().every((row) => row.querySelector("a")?.tabIndex === -1)).toBe(true);
  });

  test("the focus goes to a neighbour when its row is taken away, and to nothing when it was elsewhere", () => {
    draw({}, 4);
    act(() => drawnRows()[2]?.focus());
    draw({ rows: rowsOf(4).filter(({ id }) => id !== "m2") });
    expect(document.activeElement?.tagName).toBe("TR");
    expect(document.activeElement?.textContent).toContain("edge-3");
    draw({}, 1);
    expect(focused()).toBe("0");
    press("Enter");
    act(() => (document.activeElement as HTMLElement).blur());
    draw({ rows: rowsOf(4).slice(1) });
    expect(document.activeElement).toBe(document.body);
  });

  test("arrows, page keys, Home and End move between rows, and stay within the table", () => {
    draw();
    act(() => drawnRows()[0]?.focus());
    press("ArrowDown");
    expect(focused()).toBe("1");
    press("ArrowUp");
    press("ArrowUp");
    expect(focused()).toBe("0");
    press("PageDown");
    expect(Number(focused())).toBeGreaterThan(5);
    press("End");
    expect(focused()).toBe("9999");
    press("ArrowDown");
    expect(focused()).toBe("9999");
    press("Home");
    expect(focused()).toBe("0");
  });

  test("Enter opens the row, Space selects it, right arrow goes inside and left arrow comes back", () => {
    const onOpen = vi.fn();
    const onSelect = vi.fn();
    draw({ onOpen, selection: { selectedIds: new Set(), onSelect } }, 5);
    act(() => drawnRows()[2]?.focus());
    press("Enter");
    expect(onOpen).toHaveBeenCalledWith(expect.objectContaining({ id: "m2" }));
    press(" ");
    expect(onSelect).toHaveBeenCalledWith(new Set(["m2"]));
    press("ArrowRight");
    expect(document.activeElement?.closest("tr")).toBe(drawnRows()[2]);
    expect(focused()).toBeUndefined();
    press("ArrowLeft");
    expect(focused()).toBe("2");
  });
});

describe("order and columns", () => {
  test("the order is announced, and a press on a header asks the server for another", () => {
    const onSort = vi.fn();
    draw({ sort: { columnId: "name", isDescending: false }, onSort }, 3);
    const [name, cpu] = page.root.querySelectorAll("th");
    expect(name?.getAttribute("aria-sort")).toBe("ascending");
    expect(cpu?.getAttribute("aria-sort")).toBe("none");
    act(() => name?.querySelector("button")?.click());
    expect(onSort).toHaveBeenLastCalledWith({ columnId: "name", isDescending: true });
    act(() => cpu?.querySelector("button")?.click());
    expect(onSort).toHaveBeenLastCalledWith({ columnId: "cpu", isDescending: true });
  });

  test("a column that is hidden at first appears once this browser has chosen it", () => {
    draw({}, 3);
    expect(page.root.textContent).not.toContain("Site");
    localStorage.setItem("fernblick-columns-machines", JSON.stringify({ site: true }));
    page.remove();
    page = stage();
    draw({}, 3);
    expect([...page.root.querySelectorAll("th")].map((head) => head.textContent)).toContain("Site");
  });
});

describe("empty", () => {
  test("no row at all is told apart from nothing that matches", () => {
    draw({ rows: [], empty: "Enrol a machine first" });
    expect(page.root.textContent).toContain("Enrol a machine first");
    const onClearFilters = vi.fn();
    draw({ rows: [], isFiltered: true, onClearFilters });
    expect(page.root.textContent).toContain("Nothing matches");
    const clear = [...page.root.querySelectorAll("button")].find((button) => button.textContent === "Clear filters");
    act(() => clear?.click());
    expect(onClearFilters).toHaveBeenCalledOnce();
  });
});

test("a row whose version changes is marked, and a row that only appears is not", () => {
  const getRowVersion = (row: Row) => row.cpu;
  const first = rowsOf(2);
  draw({ rows: first, getRowVersion });
  draw({ rows: [{ id: "m0", name: "edge-0", cpu: 99 }, ...rowsOf(3).slice(1)], getRowVersion });
  const marked = drawnRows().filter((row) => row.className.includes("--accent"));
  expect(marked.map((row) => row.dataset.index)).toEqual(["0"]);
});
