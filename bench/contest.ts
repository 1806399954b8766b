import type { Counters, Traffic } from './device-counters';
import { summarize, type Summary } from './statistics';
import type { Trainer } from './trainer';

/** Steps whose losses are compared. The first has only the forward pass in it, the later ones gradient and update too. */
const CHECKED_STEPS = 3;
/** Of the losses, relative to ours: single precision in another order of summation stays far below. */
export const TOLERANCE = 1e-3;
/** A repetition takes as many steps as fill this time: below it the page's clock is too coarse. */
const REPETITION_MS = 250;
const MOST_STEPS = 64;
/** Steps after the checked ones that an engine may take until it says that it is warm. */
const MOST_WARM_UP = 20;

export interface Contestant {
  /** Its own among the contestants. */
  name: string;
  /** The contestant whose losses it must have; absent where there is nobody to compare with. */
  checkedAgainst?: string;
  /** Whether what it does shows in the device counters. */
  usesGpu: boolean;
  trainer: Trainer;
  /** Takes part in the check alone. */
  isOnlyReference: boolean;
}

export interface ContestLimits {
  /** Repetitions of each engine, at most. */
  repeats: number;
  /** Milliseconds for the repetitions of one engine, roughly; a single step may be longer. */
  budgetMs: number;
}

/** The losses of an engine and how far they are from ours; null for what is no finite number, as JSON has it. */
export interface Check {
  losses: (number | null)[];
  /** Largest relative difference from our losses of the same steps. */
  difference: number | null;
}

const finiteOrNull = (value: number): number | null => (Number.isFinite(value) ? value : null);

export interface Figures {
  /** Milliseconds from giving the batch until the first step is done, compilation included. */
  firstStepMs: number;
  /** Milliseconds per step until the device is done. */
  stepMs: Summary;
  /** Milliseconds per step in script, until all is submitted. */
  scriptMs: Summary;
  stepsPerRepetition: number;
  /** What one step sends; null where no device is involved. */
  traffic: Traffic | null;
  /** Bytes of the buffers alive on the device at the end; null where no device is involved. */
  deviceBytes: number | null;
  note: string | null;
}

export type Outcome =
  | { status: 'measured'; check: Check; figures: Figures }
  | { status: 'disagrees'; check: Check }
  | { status: 'failed'; reason: string };

interface Timing {
  stepMs: number;
  scriptMs: number;
}

/**
 * Largest relative difference between the losses of the same steps, as far as both went: |a − b| / |b|. NaN where a loss
 * is none, or there are none.
 */
export function lossDifference(losses: readonly number[], reference: readonly number[]): number {
  const common = Math.min(losses.length, reference.length);
  const differences = losses.slice(0, common).map((loss, i) => {
    const wanted = reference[i] ?? NaN;
    return Math.abs(loss - wanted) / Math.abs(wanted);
  });
  return common === 0 ? NaN : Math.max(...differences); // NaN where one of them is
}

/** Everything noted about one engine while the contest goes on. */
class Standing {
  readonly losses: number[] = [];
  readonly checked: Timing[] = [];
  /** Those of them that are as fast as any later step: an engine that warms up does more in its first ones. */
  readonly typical: Timing[] = [];
  samples: Timing[] = [];
  stepsPerRepetition = 1;
  traffic: Traffic | null = null;
  failure: string | null = null;

  constructor(
    readonly contestant: Contestant,
    private readonly counters: Counters,
  ) {}

  get paceMs(): number {
    return [...this.checked, ...this.samples].at(-1)?.stepMs ?? 0;
  }

  /** Runs `what` with this engine current; an engine that throws is out. */
  async attempt(what: () => Promise<void>): Promise<void> {
    if (this.failure !== null) return;
    this.counters.chargeTo(this.contestant.name);
    try {
      await this.contestant.trainer.activate();
      await what();
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
    }
  }

  /** Several steps, timed together. */
  async time(steps: number): Promise<Timing> {
    const { trainer } = this.contestant;
    await trainer.done();
    let scriptMs = 0;
    const startedAt = performance.now();
    for (let i = 0; i < steps; i++) {
      const scriptAt = performance.now();
      const running = trainer.step();
      scriptMs += performance.now() - scriptAt;
      await running;
    }
    await trainer.done();
    return { stepMs: (performance.now() - startedAt) / steps, scriptMs: scriptMs / steps };
  }

  /** One step, timed, with its traffic counted. */
  async observe(): Promise<Timing> {
    let timing: Timing = { stepMs: NaN, scriptMs: NaN };
    const traffic = await this.counters.during(async () => {
      timing = await this.time(1);
    });
    if (this.contestant.usesGpu) this.traffic = traffic;
    return timing;
  }
}

/**
 * Lets all train in turn: first a few steps, whose losses must be the reference's, then timed repetitions, one contestant
 * after the other in each round, so that whatever else the machine does falls on all alike.
 * @param report called with a phrase at every step of the contest
 */
export async function contest(
  contestants: readonly Contestant[],
  { repeats, budgetMs }: ContestLimits,
  counters: Counters,
  report: (phrase: string) => void,
): Promise<Map<string, Outcome>> {
  const standings = contestants.map((contestant) => new Standing(contestant, counters));
  const references = new Set(contestants.map(({ checkedAgainst }) => checkedAgainst));
  /** The losses that a contestant must have; its own where there is nobody to compare with. */
  const wantedOf = ({ contestant, losses }: Standing): readonly number[] =>
    standings.find((other) => other.contestant.name === contestant.checkedAgainst)?.losses ?? losses;

  for (let step = 1; step <= CHECKED_STEPS; step++) {
    for (const standing of standings) {
      const spent = standing.checked.reduce((sum, { stepMs }) => sum + stepMs, 0);
      // Two losses show a wrong gradient too. A reference takes all steps, for those that are fast.
      if (step > 2 && spent > budgetMs && !references.has(standing.contestant.name)) continue;
      report(`${standing.contestant.name}: step ${step} of the check`);
      await standing.attempt(async () => {
        const wasWarm = standing.contestant.trainer.isWarm();
        const timing = await standing.observe();
        standing.checked.push(timing);
        if (wasWarm && step > 1) standing.typical.push(timing);
        standing.losses.push(await standing.contestant.trainer.loss());
      });
    }
  }

  const racing = standings.filter(
    (standing) =>
      !standing.contestant.isOnlyReference &&
      standing.failure === null &&
      lossDifference(standing.losses, wantedOf(standing)) <= TOLERANCE,
  );

  for (const standing of racing) {
    if (standing.paceMs > budgetMs && standing.typical.length > 0) {
      standing.samples = standing.typical; // the checked steps have to do
      continue;
    }
    report(`${standing.contestant.name}: warming up`);
    await standing.attempt(async () => {
      const { trainer } = standing.contestant;
      for (let i = 0; i < MOST_WARM_UP && !trainer.isWarm(); i++) await standing.time(1);
      const { stepMs } = await standing.observe();
      await trainer.loss();
      standing.stepsPerRepetition = Math.min(MOST_STEPS, Math.max(1, Math.ceil(REPETITION_MS / stepMs)));
    });
  }

  const timed = racing.filter(({ samples }) => samples.length === 0);
  for (let round = 0; round < repeats; round++) {
    // Another engine begins each round: none always runs after the same other.
    const order = timed.map((_, i) => timed[(i + round) % timed.length]).filter((s) => s !== undefined);
    for (const standing of order) {
      const { samples, stepsPerRepetition: steps } = standing;
      const spent = samples.reduce((sum, { stepMs }) => sum + stepMs * steps, 0);
      if (samples.length > 0 && spent + standing.paceMs * steps > budgetMs) continue;
      report(`${standing.contestant.name}: repetition ${round + 1} of ${repeats}`);
      await standing.attempt(async () => {
        samples.push(await standing.time(steps));
        await standing.contestant.trainer.loss(); // makes room where losses are kept on the device
      });
    }
  }

  return new Map(
    standings
      .filter(({ contestant }) => !contestant.isOnlyReference)
      .map((standing) => [standing.contestant.name, outcomeOf(standing, wantedOf(standing), counters)]),
  );
}

function outcomeOf(standing: Standing, reference: readonly number[], counters: Counters): Outcome {
  const { contestant, failure, losses, checked, samples } = standing;
  if (failure !== null) return { status: 'failed', reason: failure };
  const difference = lossDifference(losses, reference);
  const check = { losses: losses.map(finiteOrNull), difference: finiteOrNull(difference) };
  if (!(difference <= TOLERANCE)) return { status: 'disagrees', check };
  const stepMs = summarize(samples.map((sample) => sample.stepMs));
  const scriptMs = summarize(samples.map((sample) => sample.scriptMs));
  if (!stepMs || !scriptMs) return { status: 'failed', reason: 'it was not timed' };
  return {
    status: 'measured',
    check,
    figures: {
      firstStepMs: checked[0]?.stepMs ?? NaN,
      stepMs,
      scriptMs,
      stepsPerRepetition: standing.stepsPerRepetition,
      traffic: standing.traffic,
      deviceBytes: contestant.usesGpu ? counters.bytesOf(contestant.name) : null,
      note: contestant.trainer.note(),
    },
  };
}
