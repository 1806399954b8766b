import { digestOf } from '../spec/digest';
import type { Choice, ChoiceStore } from './choice-store';
import type { Candidate, Contest, Sighting } from './contest';
import type { VariantChoice } from './engine-report';
import type { Programs } from './programs';
import { Stopwatch } from './stopwatch';
import { timeCandidates, winnerOf, type Problems } from './time-candidates';
import { VariantPlan } from './variant-plan';

/** Longest that the candidates of one launch are timed. */
const CONTEST_MS = 1500;
/** Longest that all timing of one device takes, compiling included; what is left then runs on its default, for good. */
const TIMING_MS = 20_000;
/** Share of the time left that compiling may take. */
const COMPILING = 0.6;
/** Programs compiled at a time. */
const COMPILERS = 4;
const LATE = 'took too long to compile';

/** Where candidates are timed. */
interface Device {
  device: GPUDevice;
  programs: Programs;
}

/** Settles which variants a step runs on: by what stands in the store, else by timing, once for each adapter and shape. */
export class VariantChooser {
  /** Sentences for the record. */
  readonly notes = new Set<string>();
  private readonly inUse = new Map<string, VariantChoice>();

  /**
   * @param adapter names the adapter: choices hold for it alone
   * @param leftMs longest that all timing takes
   */
  constructor(
    private readonly adapter: string,
    private readonly store: ChoiceStore,
    private leftMs = TIMING_MS,
  ) {}

  /** The choices in use that are not the default, sorted. */
  get choices(): VariantChoice[] {
    return [...this.inUse].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, choice]) => choice);
  }

  /**
   * The variants for these launches. Never rejects for the store's sake: where choices cannot be kept nothing is timed,
   * since the next run would choose anew.
   */
  async settle({ device, programs }: Device, sightings: Iterable<Sighting>): Promise<VariantPlan> {
    const keyed = [...sightings].map((sighting) => ({ sighting, key: storeKey(sighting.contest) }));
    if (keyed.length === 0) return new VariantPlan(new Map());
    try {
      const standing = await this.store.find(
        this.adapter,
        keyed.map(({ key }) => key),
      );
      const missing = keyed.filter(({ key }) => !standing.has(key));
      if (missing.length > 0) {
        const timed = await this.timeAll({ device, programs }, missing);
        for (const [key, choice] of await this.store.settle(this.adapter, timed)) standing.set(key, choice);
      }
      return this.planOf(keyed, standing);
    } catch (error) {
      this.notes.add(
        `Kernel timings cannot be kept here (${messageOf(error)}), so every kernel runs its default variant.`,
      );
      return new VariantPlan(new Map());
    }
  }

  private async timeAll(
    on: Device,
    missing: readonly { sighting: Sighting; key: string }[],
  ): Promise<Map<string, Choice>> {
    const { device, programs } = on;
    await device.queue.onSubmittedWorkDone();
    const startedAt = performance.now();
    const left = () => this.leftMs - (performance.now() - startedAt);
    const contests = missing.map(({ sighting }) => sighting.contest);
    const problems = await compileAll(programs, contests, COMPILING * left());
    const late = [...problems.values()].filter((problem) => problem === LATE).length;
    if (late > 0) this.notes.add(`${late} candidates ${LATE} and were not timed.`);

    const choices = new Map<string, Choice>();
    const stopwatch = new Stopwatch(device);
    try {
      for (const { sighting, key } of missing) {
        const ms = left() > 0 ? await this.timeOne(on, stopwatch, sighting, problems, left()) : {};
        choices.set(key, { variant: winnerOf(ms, sighting.contest.candidates[0].variant), ms });
      }
    } finally {
      stopwatch.dispose();
      this.leftMs = left();
    }
    if (this.leftMs <= 0)
      this.notes.add('There was no time left to time every kernel; the others run their default variants.');
    return choices;
  }

  /** Milliseconds per launch of each variant; of none where it cannot be told, with a note. */
  private async timeOne(
    { device, programs }: Device,
    stopwatch: Stopwatch,
    sighting: Sighting,
    problems: Problems,
    leftMs: number,
  ): Promise<Record<string, number>> {
    const { kernel, shapes } = sighting.contest;
    const limitMs = Math.min(CONTEST_MS, leftMs);
    device.pushErrorScope('out-of-memory');
    device.pushErrorScope('validation');
    const [verdict] = await Promise.allSettled([
      timeCandidates(device, programs, stopwatch, sighting, problems, limitMs),
    ]);
    const errors = await Promise.all([device.popErrorScope(), device.popErrorScope()]);
    const error = errors.find((each) => each !== null);
    if (verdict.status === 'fulfilled' && !error) {
      for (const note of verdict.value.notes) if (!note.endsWith(LATE)) this.notes.add(note);
      return verdict.value.ms;
    }
    const reason: unknown = error ?? (verdict.status === 'rejected' ? verdict.reason : null);
    this.notes.add(`${kernel} on ${shapes} could not be timed: ${messageOf(reason)}`);
    return {};
  }

  private planOf(
    keyed: readonly { sighting: Sighting; key: string }[],
    standing: ReadonlyMap<string, Choice>,
  ): VariantPlan {
    const chosen = new Map<string, string>();
    for (const { sighting, key } of keyed) {
      const { contest } = sighting;
      const choice = standing.get(key);
      const insteadOf = contest.candidates[0].variant;
      if (!choice || choice.variant === insteadOf) continue;
      chosen.set(contest.key, choice.variant);
      const { kernel, shapes } = contest;
      this.inUse.set(contest.key, { kernel, shapes, variant: choice.variant, insteadOf, ms: choice.ms });
    }
    return new VariantPlan(chosen);
  }
}

/** Names the work and all that could do it, so that a changed kernel is timed anew. */
const storeKey = ({ key, candidates }: Contest): string =>
  digestOf([
    key,
    ...candidates.map(({ variant, source: { wgsl, constants = {} }, workgroups }) => [
      variant,
      wgsl,
      { ...constants },
      workgroups,
    ]),
  ]);

/** An adapter as choices remember it. */
export const adapterKey = ({ vendor, architecture, device, description }: GPUAdapterInfo): string =>
  [vendor, architecture, device, description].join(' | ');

/**
 * Compiles what the contests need, a few at a time, since a browser has a few threads for it and what was begun cannot be
 * called off. What takes longer than `limitMs` altogether is left out.
 */
async function compileAll(
  programs: Programs,
  contests: readonly Contest[],
  limitMs: number,
): Promise<Problems> {
  const problems = new Map<Candidate, string | null>();
  const waiting = contests.flatMap(({ candidates }) => candidates);
  for (const candidate of waiting) problems.set(candidate, LATE);
  const endsAt = performance.now() + limitMs;
  const compileNext = async (): Promise<void> => {
    for (let next = waiting.shift(); next && performance.now() < endsAt; next = waiting.shift()) {
      const problem = await programs.prepare(next.source);
      problems.set(next, problem === null ? null : `does not compile on this device: ${problem}`);
    }
  };
  const threads = Array.from({ length: COMPILERS }, compileNext);
  await Promise.race([Promise.all(threads), after(limitMs)]);
  return new Map(problems); // what comes later does not count
}

const after = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** `GPUError` is no `Error`. */
const messageOf = (error: unknown): string =>
  error instanceof Error || error instanceof GPUError ? error.message : String(error);
