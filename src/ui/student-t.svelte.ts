import type { TQuantile } from '../math/interval';

/** Student's distribution, loaded when it is first needed: most visits need none, and it would double the page. */
class StudentT {
  /** Null until it is there. */
  quantile = $state.raw<TQuantile | null>(null);
  #coming = false;

  need(): void {
    if (this.quantile || this.#coming) return;
    this.#coming = true;
    void import('../math/t-quantile').then(
      ({ tQuantile }) => (this.quantile = tQuantile),
      // Offline, say. Means are shown without intervals, as their caption says; the next need asks again.
      () => (this.#coming = false),
    );
  }
}

export const studentT = new StudentT();
