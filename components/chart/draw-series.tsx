import type { ReactNode } from "react";
import { Area, Line } from "recharts";
import { bandKey, type ChartRow, type ChartSeries, seriesColour } from "./series";

/** One series: its line or layer, with the band from least to greatest below it. Alone, it is filled a little. */
export function drawSeries(series: ChartSeries, index: number, isStacked: boolean, isAlone: boolean): ReactNode[] {
  const colour = seriesColour(index);
  const common = {
    dataKey: series.id,
    name: series.label,
    stroke: colour,
    strokeWidth: 1.5,
    dot: false,
    activeDot: { r: 3, strokeWidth: 0, fill: colour },
    connectNulls: false,
    isAnimationActive: false,
    type: "linear" as const,
  };
  if (isStacked) {
    return [<Area key={series.id} {...common} stackId="all" fill={colour} fillOpacity={0.28} />];
  }
  const hasBand = series.points.some((point) => typeof point.min === "number" && typeof point.max === "number");
  const band = (
    <Area
      key={`${series.id}-band`}
      dataKey={bandKey(series.id)}
      type="linear"
      stroke="none"
      fill={colour}
      fillOpacity={0.14}
      activeDot={false}
      connectNulls={false}
      isAnimationActive={false}
      tooltipType="none"
    />
  );
  const line = isAlone ? (
    <Area key={series.id} {...common} fill={colour} fillOpacity={hasBand ? 0 : 0.1} />
  ) : (
    <Line key={series.id} {...common} />
  );
  return hasBand ? [band, line] : [line];
}

/** What a series is compared with: thin, grey, with rows of its own. */
export function drawReference(series: ChartSeries, rows: readonly ChartRow[]): ReactNode {
  return (
    <Line
      key={series.id}
      data={[...rows]}
      dataKey={series.id}
      name={series.label}
      stroke="var(--ink-faint)"
      strokeWidth={1}
      strokeOpacity={0.8}
      dot={false}
      activeDot={false}
      connectNulls={false}
      isAnimationActive={false}
      tooltipType="none"
      type="linear"
    />
  );
}

/** Where the name of each series belongs: at its last known value, in a stack in the middle of its layer. */
export function labelsAtEnd(series: readonly ChartSeries[], isStacked: boolean) {
  let below = 0;
  return series.map((one, index) => {
    const last = one.points.findLast((point) => point.value !== null)?.value ?? 0;
    const value = isStacked ? below + last / 2 : last;
    below += last;
    return { id: one.id, label: one.label, value, colour: seriesColour(index) };
  });
}
