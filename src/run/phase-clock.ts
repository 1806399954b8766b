/** What a run is doing. Paused, stopped and the like belong to the runner, not to the experiment. */
export type Phase = 'loading' | 'pretraining' | 'compiling' | 'training' | 'evaluating';

interface Spent {
  ms: number;
  entered: number;
}

/**
 * Milliseconds spent in each phase, pauses left out, and how often the run came to it. Phases it never had are left out.
 * `saving` is what checkpoints took between steps.
 */
export type PhaseTimes = Readonly<Partial<Record<Phase | 'saving', Spent>>>;

/** Adds up how long a run spends in its phases. */
export class PhaseClock {
  #phase: Phase = 'loading';
  readonly #times: Partial<Record<Phase | 'saving', Spent>> = {
    loading: { ms: 0, entered: 1 },
  };

  /** The phase that time is now spent in. */
  get phase(): Phase {
    return this.#phase;
  }

  /** A phase told again, for its progress, goes on. */
  enter(phase: Phase): void {
    if (phase === this.#phase) return;
    this.#phase = phase;
    const { ms = 0, entered = 0 } = this.#times[phase] ?? {};
    this.#times[phase] = { ms, entered: entered + 1 };
  }

  spend(ms: number): void {
    const { ms: before = 0, entered = 1 } = this.#times[this.#phase] ?? {};
    this.#times[this.#phase] = { ms: before + ms, entered };
  }

  /** Time that belongs to no phase. */
  spendSaving(ms: number): void {
    const { ms: before = 0, entered = 0 } = this.#times.saving ?? {};
    this.#times.saving = { ms: before + ms, entered: entered + 1 };
  }

  /** Adds what an earlier life of the run spent. */
  add(earlier: PhaseTimes): void {
    for (const [name, { ms, entered }] of Object.entries(earlier)) {
      const phase = name as keyof PhaseTimes;
      const own = this.#times[phase] ?? { ms: 0, entered: 0 };
      this.#times[phase] = { ms: own.ms + ms, entered: own.entered + entered };
    }
  }

  /** As it stands: later spending does not change what was taken. */
  times(): PhaseTimes {
    return { ...this.#times };
  }
}
