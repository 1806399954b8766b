/** How long the browser has to take a file over. */
const KEPT_MS = 60_000;

/** Gives a file to the browser to save. */
export function download(name: string, content: Uint8Array<ArrayBuffer> | string | Blob, type: string): void {
  const url = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), KEPT_MS);
}
