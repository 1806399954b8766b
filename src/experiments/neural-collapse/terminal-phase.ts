/** Training accuracy from which on the terminal phase counts, as in Papyan, Han and Donoho (PNAS 2020). */
export const TERMINAL_ACCURACY = 0.999;

/** Finds the first measured step since which training accuracy has stayed at 99.9 % or above. */
export class TerminalPhase {
  /** Null where accuracy is below now: high learning rates can lose it again before they drop. */
  since: number | null = null;

  /** Takes in a measurement. Measurements come in order of step. */
  add(step: number, accuracy: number): void {
    if (!(accuracy >= TERMINAL_ACCURACY)) this.since = null;
    else this.since ??= step;
  }
}
