import type { RecordingFile } from '../experiments/recorded';
import type { PlannedRun } from '../run/plan';
import type { Origin, RunStatus } from '../run/record';
import type { Recording } from '../run/recording';

/** What tells runs that repeat each other, wherever they were trained. */
type Computed = Pick<PlannedRun, 'specDigest' | 'seed'>;

/** What a run must tell to take a recorded one's place. */
interface Shown extends Computed {
  origin: Origin;
  status: RunStatus;
  step: number;
}

const isSame = (a: Computed, b: Computed): boolean => a.specDigest === b.specDigest && a.seed === b.seed;

/** How many of the planned runs a recording has. */
export const matchesOf = ({ runs }: Recording, plan: readonly Computed[]): number =>
  plan.filter(({ specDigest, seed }) =>
    runs.some((run) => run.specDigest === specDigest && run.seeds.includes(seed)),
  ).length;

/** What the page knows of an experiment's recordings at once. */
export interface Offered {
  /** Those that have runs of the present setting. */
  present: readonly RecordingFile[];
  /** Where none has: one of another setting of the experiment. */
  elsewhere: Recording | null;
  /** Seeds that were recorded of the present variants, and are not asked for. */
  furtherSeeds: readonly number[];
}

export function offeredRecordings(
  files: readonly RecordingFile[],
  experiment: string,
  plan: readonly Computed[],
): Offered {
  const own = files.filter(({ about }) => about.experiment === experiment);
  const present = own.filter(({ about }) => matchesOf(about, plan) > 0);
  const digests = new Set(plan.map(({ specDigest }) => specDigest));
  const asked = new Set(plan.map(({ seed }) => seed));
  const seeds = present.flatMap(({ about }) =>
    about.runs.flatMap((run) => (digests.has(run.specDigest) ? run.seeds : [])),
  );
  return {
    present,
    elsewhere: present.length === 0 ? (own[0]?.about ?? null) : null,
    furtherSeeds: [...new Set(seeds)].filter((seed) => !asked.has(seed)).sort((a, b) => a - b),
  };
}

/** Whether a run of one's own has begun to tell something. */
const reports = ({ origin, status, step }: Shown): boolean =>
  origin !== 'recorded' && (step > 0 || status === 'done');

/** An experiment's runs with the recorded ones that the plan asks for and whose place no other has taken, these first. */
export function withRecorded<R extends Shown>(
  recorded: readonly R[],
  others: readonly R[],
  plan: readonly Computed[],
): readonly R[] {
  const standing = recorded.filter(
    (run) =>
      plan.some((planned) => isSame(planned, run)) &&
      !others.some((other) => reports(other) && isSame(other, run)),
  );
  return standing.length === 0 ? others : [...standing, ...others];
}

/**
 * The runs that a verdict is on. Recorded runs are from another device, where training may go another way, so they are
 * never paired with others: they are judged while nothing else of the setting has reported.
 */
export function judgedTogether<R extends Shown>(runs: readonly R[]): readonly R[] {
  const others = runs.filter(({ origin }) => origin !== 'recorded');
  return others.some(reports) || others.length === runs.length
    ? others
    : runs.filter(({ origin }) => origin === 'recorded');
}
