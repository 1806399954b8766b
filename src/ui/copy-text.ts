/** Puts text on the clipboard. False where the browser refuses, so that the page can offer it for copying by hand. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false; // no clipboard outside a secure context, or the permission was refused
  }
}
