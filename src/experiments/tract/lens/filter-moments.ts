import type { Snapshot } from '../../../run/snapshot';
import {
  changeSince,
  coveringLimit,
  filtersIn,
  neighbourLikeness,
  rootMeanSquare,
  roundedUp,
  type FilterBank,
} from './filter-bank';
import type { Moved } from './lens-words';

/** What of the filters is drawn: their weights, each filter on a scale of its own, or what training has added. */
export type Aspect = 'weights' | 'contrast' | 'change';

/** One run's filters over its training. */
export class FilterMoments {
  readonly #moments: readonly { step: number; bank: FilterBank }[];

  /** @param snapshots in order of step; those of something else are passed over */
  constructor(snapshots: readonly Snapshot[]) {
    this.#moments = snapshots.flatMap((snapshot) => {
      const bank = known(snapshot);
      return bank ? [{ step: snapshot.step, bank }] : [];
    });
  }

  get steps(): number[] {
    return this.#moments.map(({ step }) => step);
  }

  /** As they were before the first step; null where that was not kept. */
  get start(): FilterBank | null {
    const [first] = this.#moments;
    return first?.step === 0 ? first.bank : null;
  }

  /** The last that were pictured up to a step. */
  at(step: number): { step: number; bank: FilterBank } | null {
    return this.#moments.findLast((moment) => moment.step <= step) ?? null;
  }

  /** What is drawn of the filters as they were at a step; null where there is nothing yet, or no start to compare with. */
  drawn(step: number, aspect: Aspect): FilterBank | null {
    const bank = this.at(step)?.bank ?? null;
    if (aspect !== 'change' || !bank) return bank;
    return this.start && change(this.start, bank);
  }

  /** How far the filters pictured last up to a step have come from their start; null where that is not known. */
  movedAt(step: number): Omit<Moved, 'title'> | null {
    const { start } = this;
    const moment = this.at(step);
    const moved = start && moment && change(start, moment.bank);
    return moved
      ? {
          step: moment.step,
          by: rootMeanSquare(moved.values),
          from: rootMeanSquare(start.values),
          likeness: neighbourLikeness(moved),
        }
      : null;
  }

  /** The size that all but a few of the drawn values stay within, whatever the step. */
  limit(aspect: Aspect): number {
    const { start } = this;
    const drawn = this.#moments.flatMap(({ bank }) =>
      aspect === 'change' ? ((start && change(start, bank)) ?? []) : bank,
    );
    return Math.max(0, ...drawn.map(limitOf));
  }
}

/** The one scale of several runs' filters: from minus this to this, over all steps pictured so far. */
export const commonLimit = (runs: readonly FilterMoments[], aspect: Aspect): number =>
  roundedUp(Math.max(0, ...runs.map((run) => run.limit(aspect))));

// Snapshots never change, and a live lens asks about all of them again with every new one.
const banks = new WeakMap<Snapshot, FilterBank | null>();
const changes = new WeakMap<FilterBank, { start: FilterBank; change: FilterBank | null }>();
const limits = new WeakMap<FilterBank, number>();

function known(snapshot: Snapshot): FilterBank | null {
  let bank = banks.get(snapshot);
  if (bank === undefined) banks.set(snapshot, (bank = filtersIn(snapshot)));
  return bank;
}

function change(start: FilterBank, bank: FilterBank): FilterBank | null {
  let found = changes.get(bank);
  if (found?.start !== start) changes.set(bank, (found = { start, change: changeSince(start, bank) }));
  return found.change;
}

function limitOf(bank: FilterBank): number {
  let limit = limits.get(bank);
  if (limit === undefined) limits.set(bank, (limit = coveringLimit(bank.values)));
  return limit;
}
