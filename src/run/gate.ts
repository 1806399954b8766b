/** Lets a run advance freely, by a number of steps, or not at all. */
export class Gate {
  private permits: number;
  private wake: () => void = () => undefined;

  constructor(paused: boolean) {
    this.permits = paused ? 0 : Infinity;
  }

  /** True while the run is held or advancing step by step. */
  get stepping(): boolean {
    return this.permits !== Infinity;
  }

  /** True when the run may not take another step. */
  get closed(): boolean {
    return this.permits <= 0;
  }

  hold(): void {
    this.set(0);
  }

  open(): void {
    this.set(Infinity);
  }

  /** Allows `n` more steps to a held run; a free run stays free. */
  allow(n: number): void {
    if (this.stepping) this.set(this.permits + n);
  }

  /** Counts a step as taken. */
  spend(): void {
    this.permits = Math.max(0, this.permits - 1);
  }

  /** Resolves when a step may be taken; rejects with the signal's reason when it is aborted. */
  async pass(signal: AbortSignal): Promise<void> {
    const woken = () => this.wake();
    signal.addEventListener('abort', woken);
    try {
      while (this.closed && !signal.aborted) await new Promise<void>((wake) => (this.wake = wake));
      signal.throwIfAborted();
    } finally {
      signal.removeEventListener('abort', woken);
    }
  }

  private set(permits: number): void {
    this.permits = permits;
    this.wake();
  }
}
