import type { Snapshot } from './snapshot';

/** Snapshots kept of one name. */
const MOST = 64;

/**
 * The snapshots of one run by name, in order of step, outside the reactive graph: a counter elsewhere says when to look
 * again. Of a name that comes too often the older ones are thinned, evenly; the first and the latest always stay.
 */
export class RunSnapshots {
  readonly #byName = new Map<string, readonly Snapshot[]>();

  /** A second one of the same name and step takes the first one's place. */
  add(snapshot: Snapshot): void {
    const known = this.of(snapshot.name);
    const after = known.findLastIndex(({ step }) => step < snapshot.step) + 1;
    const replaced = known[after]?.step === snapshot.step ? 1 : 0;
    this.#byName.set(snapshot.name, thinned(known.toSpliced(after, replaced, snapshot)));
  }

  /** Forgets those beyond a step, for a run that goes on from there. */
  truncate(step: number): void {
    for (const [name, known] of this.#byName) {
      const kept = known.filter((snapshot) => snapshot.step <= step);
      if (kept.length > 0) this.#byName.set(name, kept);
      else this.#byName.delete(name);
    }
  }

  /** In order of step; another array after every change. */
  of(name: string): readonly Snapshot[] {
    return this.#byName.get(name) ?? [];
  }

  /** The last one up to a step. */
  at(name: string, step: number): Snapshot | undefined {
    return this.of(name).findLast((snapshot) => snapshot.step <= step);
  }

  latest(name: string): Snapshot | undefined {
    return this.of(name).at(-1);
  }

  /** All of them, for the record. */
  toRecords(): Snapshot[] {
    return [...this.#byName.values()].flat();
  }
}

/** Without the inner one whose neighbours are closest, the oldest of equals, where there is one too many. */
function thinned(snapshots: readonly Snapshot[]): readonly Snapshot[] {
  if (snapshots.length <= MOST) return snapshots;
  const gapWithout = (index: number) =>
    (snapshots[index + 1]?.step ?? Infinity) - (snapshots[index - 1]?.step ?? -Infinity);
  let least = 1;
  for (let index = 2; index < snapshots.length - 1; index++)
    if (gapWithout(index) < gapWithout(least)) least = index;
  return snapshots.toSpliced(least, 1);
}
