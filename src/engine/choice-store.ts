/** Which variant of a kernel won on some device, and what decided it. */
export interface Choice {
  variant: string;
  /** Milliseconds per launch of every variant that was timed; empty where there was no time to. */
  ms: Readonly<Record<string, number>>;
}

/**
 * Remembers choices from one page load or process to the next. Variants may add numbers up in another order, so a choice
 * stands once it is made: a run repeated on the same device must give the same bits.
 */
export interface ChoiceStore {
  /** The standing choices among these keys. */
  find(adapter: string, keys: readonly string[]): Promise<Map<string, Choice>>;
  /** Keeps the choices for keys that have none yet, and gives the standing ones: whoever came first. */
  settle(adapter: string, choices: ReadonlyMap<string, Choice>): Promise<Map<string, Choice>>;
}
