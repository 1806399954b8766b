import { createWebDataSource } from '../../src/data/web-data-source';
import type { Compute } from '../../src/engine/open-compute';
import mixtureOfDepths from '../../src/experiments/mixture-of-depths/card';
import { loadRun } from '../../src/experiments/runs';
import '../../src/kernels/native';
import { createRng } from '../../src/math/philox-rng';
import type { Card } from '../../src/run/card';
import type { CheckpointStore } from '../../src/run/checkpoint-store';
import { drive } from '../../src/run/drive';
import { Gate } from '../../src/run/gate';
import { MemoryCheckpoints } from '../../src/run/memory-checkpoints';
import type { Batch, ReportedFacts, RunOutcome } from '../../src/run/protocol';
import type { Snapshot } from '../../src/run/snapshot';
import type { Knobs } from '../../src/spec/knob';
import { parseSpec } from '../../src/spec/parse-spec';

export interface CollectedRun {
  outcome: RunOutcome;
  facts: ReportedFacts | undefined;
  /** Value of each metric by step. */
  series: Record<string, Map<number, number>>;
  snapshots: Snapshot[];
  /** Where it went on from, if it was asked to. */
  resumed: Batch['resumed'];
  /** Steps of the checkpoints that it told of. */
  saved: number[];
  /** As the last batch has it. */
  trainMs: number;
}

/** Metrics that tell of the clock. */
export const TIMES: readonly string[] = ['throughput', 'stepTime', 'inferenceTime', 'measurementTime'];

/** The numbers of a run that another run of the same must repeat, to the bit. */
export const bitsOf = (series: CollectedRun['series']) =>
  Object.fromEntries(
    Object.entries(series)
      .filter(([metric]) => !TIMES.includes(metric))
      .map(([metric, values]) => [metric, [...values]]),
  );

/** A few steps of a small model on the first real images, quick on a software adapter. */
export const TINY = {
  ...mixtureOfDepths.presets['smoke']?.spec,
  trainExamples: 500,
  testExamples: 250,
  duration: 8,
  warmup: 2,
  evalEvery: 0,
};

interface CollectOptions {
  mayFail?: boolean;
  runId?: string;
  checkpoints?: CheckpointStore;
  /** See `RunContext`. */
  resume?: { step: number };
  saveMs?: number;
  /** Stops the run. */
  signal?: AbortSignal;
  /** Told of every batch. */
  heard?: (batch: Batch) => void;
}

/** A tiny run of Mixture-of-Depths, as `collectRunOf`. */
export const collectRun = (
  compute: Compute,
  spec: Readonly<Record<string, unknown>>,
  seed = 0,
  options: CollectOptions = {},
): Promise<CollectedRun> => collectRunOf(mixtureOfDepths, compute, { ...TINY, ...spec }, seed, options);

/**
 * Runs an experiment as a worker would, without a page, and gathers what it reports.
 * @throws Error when the run does not finish, unless it may fail.
 */
export async function collectRunOf<K extends Knobs>(
  card: Pick<Card<K>, 'id' | 'knobs'>,
  compute: Compute,
  spec: Readonly<Record<string, unknown>>,
  seed = 0,
  {
    mayFail = false,
    runId = 'test',
    checkpoints = new MemoryCheckpoints(),
    signal = new AbortController().signal,
    heard,
    ...settings
  }: CollectOptions = {},
): Promise<CollectedRun> {
  const series: CollectedRun['series'] = {};
  const snapshots: Snapshot[] = [];
  const saved: number[] = [];
  let facts: ReportedFacts | undefined;
  let resumed: Batch['resumed'];
  let trainMs = 0;
  const outcome = await drive({
    runId,
    run: await loadRun(card.id),
    spec: parseSpec(card.knobs, spec),
    context: {
      rng: createRng(seed),
      data: createWebDataSource(new URL('/data/', location.href)),
      checkpoints,
      device: compute.info,
      signal,
      ...settings,
    },
    gate: new Gate(false),
    send(batch) {
      facts = batch.facts ?? facts;
      resumed = batch.resumed ?? resumed;
      if (batch.checkpoint !== undefined) saved.push(batch.checkpoint);
      trainMs = batch.trainMs;
      heard?.(batch);
      snapshots.push(...(batch.snapshots ?? []));
      for (const { metric, step, value } of batch.scalars)
        for (const [i, at] of step.entries()) (series[metric] ??= new Map()).set(at, value[i] ?? NaN);
    },
    breathe: () => Promise.resolve(),
    deviceFailure: compute.failure,
    engine: () => compute.report(),
    now: () => performance.now(),
  });
  if (!mayFail && outcome.status !== 'done')
    throw new Error(outcome.status === 'failed' ? outcome.fault.stack : outcome.status);
  return { outcome, facts, series, snapshots, resumed, saved, trainMs };
}
