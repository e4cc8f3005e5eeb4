import { applicationSection } from "./applications";
import { claimSection } from "./claims";
import { clusterSection } from "./cluster";
import { budgetSection, quotaSection } from "./limits";
import { namespaceSection } from "./namespaces";
import { nodeSection } from "./nodes";
import type { Section } from "./section";
import { serviceSection } from "./services";
import { sourceSection } from "./sources";
import { systemSections } from "./systems/system";
import { SYSTEM_FACTS } from "./systems/table";
import { capacitySection, csiDriverSection, snapshotSection, storageClassSection, volumeSection } from "./volumes";
import { warningSection } from "./warnings";
import { workloadSection } from "./workloads";

/** All that is told of a cluster. */
export const SECTIONS: readonly Section[] = [
  sourceSection,
  clusterSection,
  nodeSection,
  namespaceSection,
  workloadSection,
  applicationSection,
  claimSection,
  volumeSection,
  storageClassSection,
  csiDriverSection,
  capacitySection,
  snapshotSection,
  budgetSection,
  quotaSection,
  serviceSection,
  warningSection,
  ...SYSTEM_FACTS.flatMap(systemSections),
];
