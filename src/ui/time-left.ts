/** Steps to have seen before an estimate is worth showing. */
const SETTLED = 20;
/** Only this much of the past counts, so that the estimate follows a machine that becomes slower. */
const WINDOW_MS = 20_000;

interface Mark {
  step: number;
  atMs: number;
}

/**
 * How long a run has yet to go, from the pace of its recent steps on this device. Clock time, so evaluations count;
 * pauses do not, because `hold` forgets the marks before them.
 */
export class TimeLeft {
  #marks: Mark[] = [];
  #seen = 0;
  #msPerStep: number | null = null;

  /** Notes that `step` steps were complete at `atMs` on any steady clock. */
  observe(step: number, atMs: number): void {
    const last = this.#marks.at(-1);
    if (last && step <= last.step) return;
    if (last) this.#seen += step - last.step;
    this.#marks.push({ step, atMs });
    while (this.#marks.length > 2 && atMs - (this.#marks[0]?.atMs ?? atMs) > WINDOW_MS) this.#marks.shift();
    const first = this.#marks[0];
    if (first && step > first.step) this.#msPerStep = (atMs - first.atMs) / (step - first.step);
  }

  /** The run is held: time passes without steps from here on. */
  hold(): void {
    this.#marks = [];
  }

  /** Milliseconds per step, or null before the pace has settled. */
  get msPerStep(): number | null {
    return this.#seen >= SETTLED ? this.#msPerStep : null;
  }

  /** Milliseconds until `totalSteps`, or null before the pace has settled. */
  msLeft(step: number, totalSteps: number): number | null {
    const pace = this.msPerStep;
    return pace === null ? null : Math.max(0, totalSteps - step) * pace;
  }
}

/** A run as a queue counts it. */
export interface QueuedRun {
  active: boolean;
  msLeft: number | null;
  wholeMs: number | null;
}

/**
 * Time until those of a queue that are asked for are done: until the queue would be empty if nothing came after the last of
 * them. Null while no run's pace is known, and where none of them is in the queue.
 * @param queue runs that train and runs that wait, these in the order in which they start
 */
export function msUntilDone<R extends QueuedRun>(
  queue: readonly R[],
  asked: (run: R) => boolean,
  atOnce: number,
): number | null {
  const active = queue.filter((run) => run.active);
  const waiting = queue.filter((run) => !run.active).findLastIndex(asked) + 1;
  const counted = waiting > 0 ? active : active.filter(asked);
  return queueMsLeft({
    activeMsLeft: counted.map((run) => run.msLeft),
    wholeRunMs: active.map((run) => run.wholeMs),
    waiting,
    atOnce: waiting > 0 ? atOnce : counted.length,
  });
}

/**
 * Time until a queue is empty: what the active runs have left, and as many whole runs as wait, shared over those that
 * run at once. Null while no run's pace is known.
 */
export function queueMsLeft(queue: {
  activeMsLeft: readonly (number | null)[];
  wholeRunMs: readonly (number | null)[];
  waiting: number;
  atOnce: number;
}): number | null {
  const known = queue.activeMsLeft.filter((ms) => ms !== null);
  const whole = queue.wholeRunMs.filter((ms) => ms !== null);
  if (known.length === 0 || whole.length === 0) return null;
  const mean = whole.reduce((sum, ms) => sum + ms, 0) / whole.length;
  const total =
    known.reduce((sum, ms) => sum + ms, 0) +
    (queue.activeMsLeft.length - known.length + queue.waiting) * mean;
  const lanes = Math.max(1, Math.min(queue.atOnce, queue.activeMsLeft.length + queue.waiting));
  return Math.max(total / lanes, ...known);
}
