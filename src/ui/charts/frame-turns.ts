import { flushSync } from 'svelte';

/** What charts may take of a frame, in milliseconds; the rest of its 16 is for the pointer, the tables and the browser. */
const SHARE_MS = 4;

/**
 * Draws the charts of a page one after the other, each frame as many as fit into their share of it and at least one. With
 * many growing curves every chart is drawn a little less often, and the page answers as fast as ever.
 */
class FrameTurns {
  /** In the order in which they asked. */
  readonly #waiting = new Set<() => void>();
  #frame = 0;

  /** Asks for a turn. Who already waits keeps its place: asking again must not put it off. */
  take(draw: () => void): void {
    this.#waiting.add(draw);
    if (this.#frame === 0) this.#askForFrame();
  }

  /** Gives up a turn that was asked for. */
  leave(draw: () => void): void {
    this.#waiting.delete(draw);
  }

  #give(): void {
    this.#frame = 0;
    const beganAt = performance.now();
    for (const draw of this.#waiting) {
      this.#waiting.delete(draw);
      flushSync(draw); // drawn here and now, so that the time it takes is known
      if (performance.now() - beganAt >= SHARE_MS) break;
    }
    if (this.#waiting.size > 0) this.#askForFrame();
  }

  #askForFrame(): void {
    this.#frame = requestAnimationFrame(() => this.#give());
  }
}

/** Of this page: all its charts share its frames. */
export const frameTurns = new FrameTurns();
