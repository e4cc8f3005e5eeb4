/**
 * Puts text on the clipboard; false when the browser refuses.
 * Without HTTPS browsers hide `navigator.clipboard`, and a console inside a plant often has no HTTPS name:
 * then a hidden field and the older command do it.
 */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement("textarea");
    field.value = text;
    field.style.position = "fixed";
    field.style.opacity = "0";
    const parent = document.querySelector("[role=dialog]") ?? document.body;
    parent.append(field);
    field.select();
    const hasCopied = document.execCommand("copy");
    field.remove();
    return hasCopied;
  }
}
