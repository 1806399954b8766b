/** Least time between two savings: what a closed tab costs at most where saving is quick. */
const LEAST_MS = 2000;
/** Time between two savings over the time of one: saving takes at most a fiftieth of a long training. */
const RATIO = 50;

/**
 * When a training is to be saved: as often as a fiftieth of its time allows, and no more often than every two seconds.
 * What it costs is measured as it goes; the first saving comes before anything is known.
 */
export class SavePace {
  readonly #fixedMs: number | undefined;
  #pauseMs: number;
  #endedAt = performance.now();

  /** @param fixedMs milliseconds from each saving to the next instead, whatever they cost; `Infinity` for never */
  constructor(fixedMs?: number) {
    this.#fixedMs = fixedMs;
    this.#pauseMs = fixedMs ?? LEAST_MS;
  }

  /** Whether it is time. */
  get isDue(): boolean {
    return performance.now() - this.#endedAt >= this.#pauseMs;
  }

  /** Begins to wait anew, as after a saving that cost nothing. */
  restart(): void {
    this.#endedAt = performance.now();
  }

  /** A saving that began then has ended now. */
  saved(beganAt: number): void {
    this.#endedAt = performance.now();
    this.#pauseMs = this.#fixedMs ?? Math.max(LEAST_MS, RATIO * (this.#endedAt - beganAt));
  }
}
