import type { DataSource } from '../data/data-source';
import type { DeviceInfo } from '../engine/device-info';
import type { Rng } from '../math/rng';
import type { Knobs, SpecOf } from '../spec/knob';
import { SpecError } from '../spec/parse-spec';
import type { Card, Member } from './card';
import type { CheckpointStore } from './checkpoint-store';
import type { RunEvent } from './events';
import type { PhaseTimes } from './phase-clock';
import { runDigest } from './plan';

/** What a run is given. Everything that could make two runs differ comes in here. */
export interface RunContext {
  /** Root of this seed's randomness; fork it by label, never draw from it directly. */
  rng: Rng;
  data: DataSource;
  /** Where models outlive the run. */
  checkpoints: CheckpointStore;
  /** Identifies the run; its latest model is kept under `modelOf(runId)`. */
  runId: string;
  device: DeviceInfo;
  /** Aborted when the run is to stop; the runner then closes the generator. */
  signal: AbortSignal;
  /**
   * Whether it is worth reading results back from the device now: a few times a second while training freely, after
   * every step while single-stepping. Reading never changes the training.
   */
  reportDue: () => boolean;
  /** The run's clocks as of the last event. */
  clock: () => RunClock;
  /** Go on from the latest checkpoint that has no more steps than this; see `RunRequest.resume`. */
  resume?: { step: number };
  /** Milliseconds between two checkpoints of the training; at its own pace where absent, `Infinity` keeps none. */
  saveMs?: number;
}

export interface RunClock {
  /** Milliseconds spent training. */
  trainMs: number;
  phases: PhaseTimes;
}

/** What an experiment's own code is given. */
export interface ExperimentContext extends RunContext {
  /** `runDigest` of the experiment and the setting: what its checkpoints are about. */
  specDigest: string;
}

/** The headline numbers of a finished run, by metric. */
export type Summary<M extends string = string> = Partial<Record<M, number>>;

/** What an experiment *does*: yields events; the runner pulls. It loads in a worker or in Node, never on the page. */
export type Run<K extends Knobs = Knobs, M extends string = string, C = RunContext> = (
  spec: SpecOf<K>,
  context: C,
) => AsyncGenerator<RunEvent<M>, Summary<M>, void>;

/**
 * Ties a run to its card, so that the compiler knows every knob's type and refuses undeclared metrics. The run throws a
 * SpecError for a setting that the card's check refuses, before anything else.
 */
export const defineRun = <const K extends Knobs, const M extends string, const F extends string>(
  card: Card<K, M, F>,
  run: Run<K, NoInfer<M> | Member<NoInfer<F>>, ExperimentContext>,
): Run<K, M | Member<F>> =>
  async function* (spec, context) {
    const problems = card.check?.(spec) ?? [];
    if (problems.length > 0) throw new SpecError(problems);
    return yield* run(spec, { ...context, specDigest: runDigest(card.id, spec) });
  };
