import type { Phase } from './events';

/** Milliseconds spent in each phase, pauses left out, and how often the run came to it. Phases it never had are left out. */
export type PhaseTimes = Readonly<Partial<Record<Phase, { ms: number; entered: number }>>>;

/** Adds up how long a run spends in its phases. */
export class PhaseClock {
  #phase: Phase = 'loading';
  readonly #times: Partial<Record<Phase, { ms: number; entered: number }>> = {
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

  /** As it stands: later spending does not change what was taken. */
  times(): PhaseTimes {
    return { ...this.#times };
  }
}
