type Selector = {
  matchLabels?: Record<string, string> | undefined;
  matchExpressions?:
    | { key?: string | undefined; operator?: string | undefined; values?: string[] | undefined }[]
    | undefined;
};

/** Whether a label selector takes these labels (Kubernetes, "Labels and Selectors"). An empty one takes all. */
export function selects(selector: Selector, labels: Record<string, string>): boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector;
  if (Object.entries(matchLabels).some(([key, value]) => labels[key] !== value)) return false;
  return matchExpressions.every(({ key = "", operator, values = [] }) => {
    const value = labels[key];
    if (operator === "In") return value !== undefined && values.includes(value);
    if (operator === "NotIn") return value === undefined || !values.includes(value);
    if (operator === "Exists") return value !== undefined;
    // An operator that is not known takes nothing.
    return operator === "DoesNotExist" && value === undefined;
  });
}
