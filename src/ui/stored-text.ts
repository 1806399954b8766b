/** A remembered word of the page, or null where there is none or the browser refuses storage. */
export function storedText(key: string): string | null {
  try {
    return localStorage.getItem(`seedlab.${key}`);
  } catch {
    return null; // refused by the browser's settings: the page then simply does not remember
  }
}

/** Remembers a word; null forgets it. */
export function storeText(key: string, text: string | null): void {
  try {
    if (text === null) localStorage.removeItem(`seedlab.${key}`);
    else localStorage.setItem(`seedlab.${key}`, text);
  } catch {
    // Refused or full: the choice lasts until the page closes.
  }
}
