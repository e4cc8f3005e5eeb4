/** A frame around the lines, as wide as the longest of them. Every line is plain text of single-width characters. */
export function formatBox(lines: readonly string[]): string {
  const width = Math.max(0, ...lines.map(widthOf));
  const bar = "─".repeat(width + 4);
  const rows = lines.map((line) => `│  ${line}${" ".repeat(width - widthOf(line))}  │`);
  return [`╭${bar}╮`, ...rows, `╰${bar}╯`].join("\n");
}

/** Rows of cells as lines, each column as wide as its widest cell. */
export function formatColumns(rows: readonly (readonly string[])[], gap = "   "): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, index) => {
      widths[index] = Math.max(widths[index] ?? 0, widthOf(cell));
    });
  }
  return rows.map((row) =>
    row
      .map((cell, index) => cell + " ".repeat((widths[index] ?? 0) - widthOf(cell)))
      .join(gap)
      .trimEnd(),
  );
}

function widthOf(text: string): number {
  return [...text].length;
}
