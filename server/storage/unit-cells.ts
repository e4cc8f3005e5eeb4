import type { CellsOf } from "@/server/lists/csv";
import type { UnitRow } from "./shapes";

/** What columns of the list of storage are in a file: column → its cells. Bytes; what is not known is empty. */
export const UNIT_CELLS: CellsOf<UnitRow> = {
  full: {
    forecast: (row) => row.verdict,
    full_from: (row) => row.fullFrom,
    full_likely: (row) => row.fullLikely,
    full_to: (row) => row.fullTo,
  },
  kind: { kind: (row) => row.kind },
  namespace: { namespace: (row) => row.namespace },
  cluster: { cluster: (row) => row.clusterName },
  site: { site: (row) => row.siteName },
  class: { class: (row) => row.class },
  fill: { used_bytes: (row) => row.usedBytes, full_at_bytes: (row) => row.capacityBytes },
  used: { used: (row) => row.usedBytes },
  size: { size: (row) => row.capacityBytes },
  provisioned: { provisioned_bytes: (row) => row.provisionedBytes },
  available: { available_bytes: (row) => row.availableBytes },
  perDay: { bytes_per_day: (row) => row.bytesPerDay },
  basedAt: { based_at: (row) => row.basedAt, computed_at: (row) => row.computedAt },
};
