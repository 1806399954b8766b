import { beforeAll, describe, expect, it } from 'vitest';
import { decodeSafetensors } from '../../src/data/safetensors';
import mixtureOfDepths from '../../src/experiments/mixture-of-depths/card';
import neuralCollapse from '../../src/experiments/neural-collapse/card';
import taskWeighting from '../../src/experiments/task-weighting/card';
import tract from '../../src/experiments/tract/card';
import unconstrained from '../../src/experiments/unconstrained-features/card';
import type { Card } from '../../src/run/card';
import { modelOf } from '../../src/run/inspector';
import { MemoryCheckpoints } from '../../src/run/memory-checkpoints';
import { trainingFilesOf } from '../../src/run/training-files';
import { bitsOf, collectRunOf, TIMES, TINY, type CollectedRun } from '../support/collect-run';
import { onWebGpu } from '../support/on-webgpu';

const lab = onWebGpu();

type Spec = Readonly<Record<string, unknown>>;
const NAMES = trainingFilesOf('test');

/** A store that shows what is written to it. */
class WatchedCheckpoints extends MemoryCheckpoints {
  /** The checkpoints of the run, by step. */
  readonly trainings = new Map<number, Uint8Array<ArrayBuffer>>();

  /** @param written called with the step of each */
  constructor(private readonly written: (step: number) => void = () => undefined) {
    super();
  }

  override async write(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    await super.write(name, bytes);
    if (!NAMES.includes(name)) return;
    const step = Number(decodeSafetensors(bytes).metadata['step']);
    this.trainings.set(step, bytes);
    this.written(step);
  }

  /** What lies there of trainings now. */
  async left(): Promise<string[]> {
    const found = await Promise.all(NAMES.map((name) => this.read(name)));
    return NAMES.filter((_, i) => found[i]);
  }
}

/** A store with copies of these checkpoints in the place of the run's, and of all else that `from` has. */
async function holding(...files: (Uint8Array<ArrayBuffer> | undefined)[]): Promise<WatchedCheckpoints> {
  const store = new WatchedCheckpoints();
  for (const [i, bytes] of files.entries()) if (bytes) await store.write(NAMES[i] ?? '', bytes);
  store.trainings.clear();
  return store;
}

/** What the record of a run has that stopped and went on: up to there of the one life, then of the other. */
function joined(before: CollectedRun, after: CollectedRun) {
  const step = after.resumed?.step ?? NaN;
  const series: CollectedRun['series'] = {};
  for (const [metric, values] of Object.entries(before.series))
    for (const [at, value] of values)
      if (at <= step) (series[metric] ??= new Map<number, number>()).set(at, value);
  for (const [metric, values] of Object.entries(after.series))
    for (const [at, value] of values) {
      expect(at, `${metric} is told twice`).toBeGreaterThan(step);
      (series[metric] ??= new Map<number, number>()).set(at, value);
    }
  for (const snapshot of after.snapshots) expect(snapshot.step).toBeGreaterThan(step);
  const snapshots = [...before.snapshots.filter(({ step: at }) => at <= step), ...after.snapshots];
  return { series: bitsOf(series), snapshots };
}

/** All that a checkpoint holds but for the clock. */
function contentOf(bytes: Uint8Array<ArrayBuffer> | undefined) {
  if (!bytes) throw new Error('there is a checkpoint');
  const { tensors, metadata } = decodeSafetensors(bytes);
  return {
    tensors: [...tensors].map(([name, { shape, values }]) => [
      name,
      shape.join(),
      new Uint32Array(values.slice().buffer).join(),
    ]),
    step: metadata['step'],
  };
}

const summaryOf = ({ outcome }: CollectedRun) =>
  outcome.status === 'done' &&
  Object.fromEntries(Object.entries(outcome.summary).filter(([metric]) => !TIMES.includes(metric)));

interface Setting {
  card: Card;
  spec: Spec;
  steps: number;
  /** Steps after which it is stopped. */
  stops: readonly number[];
}

/** Runs a setting whole and with stops, and expects the same of both. */
async function expectSame({ card, spec, steps, stops }: Setting): Promise<CollectedRun> {
  const untouched = new WatchedCheckpoints();
  const whole = await collectRunOf(card, lab.compute, spec, 0, { checkpoints: untouched, saveMs: 0 });
  expect([...untouched.trainings.keys()]).toEqual(Array.from({ length: steps }, (_, i) => i + 1));
  expect(await untouched.left()).toEqual([]);

  let abort = new AbortController();
  const checkpoints = new WatchedCheckpoints((step) => {
    if (stops.includes(step)) abort.abort();
  });
  const options = () => ({ checkpoints, saveMs: 0, mayFail: true, signal: abort.signal });
  let life = await collectRunOf(card, lab.compute, spec, 0, options());
  let record = { series: bitsOf(life.series), snapshots: life.snapshots };
  for (const stop of stops) {
    expect(life.outcome).toEqual({ status: 'stopped' });
    expect(life.saved.at(-1)).toBe(stop);
    abort = new AbortController();
    const before = { ...life, series: mapsOf(record.series), snapshots: record.snapshots };
    life = await collectRunOf(card, lab.compute, spec, 0, { ...options(), resume: { step: stop } });
    expect(life.resumed?.step).toBe(stop);
    record = joined(before, life);
  }
  expect(life.outcome.status, JSON.stringify(life.outcome)).toBe('done');
  expect(record.series).toEqual(bitsOf(whole.series));
  expect(record.snapshots).toEqual(whole.snapshots);
  expect(summaryOf(life)).toEqual(summaryOf(whole));
  expect(life.facts?.initDigest).toBe(whole.facts?.initDigest);
  const last = untouched.trainings.get(steps);
  expect(contentOf(checkpoints.trainings.get(steps))).toEqual(contentOf(last));
  const models = await Promise.all([checkpoints, untouched].map((store) => store.read(modelOf('test'))));
  const [model, sameModel] = models.map((bytes) => contentOf(bytes ? Uint8Array.from(bytes) : undefined));
  expect(model).toEqual(sameModel);
  expect(model?.step).toBe(String(steps));
  // The model is what the training holds of it, and all of that.
  const ofModel = contentOf(last).tensors.filter(([name]) => !/^(optimizer|extra)\//.test(name ?? ''));
  expect(model?.tensors).toEqual(ofModel);
  expect(ofModel.length).toBeGreaterThan(0);
  expect(await checkpoints.left()).toEqual([]);
  return whole;
}

const mapsOf = (series: Readonly<Record<string, [number, number][]>>): CollectedRun['series'] =>
  Object.fromEntries(Object.entries(series).map(([metric, values]) => [metric, new Map(values)]));

describe('a run that was stopped goes on to the same bits', () => {
  const free = { objective: 'imbalanced', duration: 12, evalEvery: 5 };
  it.each([
    ['balanced', { ...unconstrained.presets['balanced']?.spec, duration: 12, evalEvery: 5 }],
    ['imbalanced', { ...unconstrained.presets['imbalanced']?.spec, ...free }],
  ])('unconstrained features: %s', async (_, spec) => {
    await expectSame({ card: unconstrained, spec, steps: 12, stops: [1, 5, 11] });
  });

  it.each<[string, Spec]>([
    ['routed, from scratch', { router: 'amod' }],
    ['routed by chance, SGD with momentum', { router: 'random', optimizer: 'sgd', momentum: 0.9 }],
    [
      'a learned router, adapted from a dense model',
      { router: 'linear', protocol: 'adapt', pretrainEpochs: 1 },
    ],
  ])('mixture of depths: %s', async (_, over) => {
    const spec = { ...TINY, evalEvery: 3, ...over };
    await expectSame({ card: mixtureOfDepths, spec, steps: 8, stops: [4] });
  });

  it.each<[string, Spec]>([
    ['UW-SO', { method: 'uw-so', temperature: 5 }],
    ['UW, which learns its weights', { method: 'uw' }],
    ['UW with one Adam per task', { method: 'uw', optimizer: 'adam-per-task' }],
    ['random weights, against single tasks', { method: 'rlw', baselines: true }],
    ['DWA', { method: 'dwa' }],
    ['GradNorm', { method: 'gradnorm' }],
    ['PCGrad, measured', { method: 'pcgrad', measures: true, measureEvery: 3, measureSamples: 2 }],
    ['MGDA with SGD', { method: 'mgda', optimizer: 'sgd', learningRate: 0.01 }],
  ])('task weighting: %s', async (_, over) => {
    const spec = {
      ...{ trainExamples: 100, validationExamples: 100, testExamples: 100, baselines: false },
      ...{ width: 16, depth: 1, batch: 25, duration: 12, evalEvery: 5 },
      ...over,
    };
    await expectSame({ card: taskWeighting, spec, steps: 12, stops: [3, 8] });
  });

  it.each<[string, Spec]>([
    ['a ResNet with Adam', { model: 'resnet', update: 'tract', optimizer: 'adam' }],
    [
      'a CNN with SGD, crops and flips',
      { model: 'cnn', update: 'tract', optimizer: 'sgd', crop: 2, flip: true },
    ],
    ['an MLP whose first layer has SGD', { model: 'mlp', firstOptimizer: 'sgd' }],
  ])('TrAct: %s', async (_, over) => {
    const spec = {
      ...{ trainExamples: 100, testExamples: 100, width: 4, depth: 1, stages: 2, heads: 2, batch: 20 },
      ...{ duration: 1, evalEvery: 2, ...over },
    };
    await expectSame({ card: tract, spec, steps: 5, stops: [3] });
  });

  const collapse = {
    ...{ dataset: 'fashion-mnist', perClass: 8, testExamples: 200, width: 16, features: 12, batch: 20 },
    ...{ duration: 12, durationUnit: 'steps', evalEvery: 5 },
  };
  it.each<[string, Spec]>([
    ['batch norm, momentum and steps', { schedule: 'steps', momentum: 0.9 }],
    ['a CNN with mixup', { body: 'cnn', width: 4, features: 10, mixup: 1, learningRate: 0.02 }],
    ['held-out classes and robustness', { heldOut: '7 8 9', shots: 2, robustness: 10 }],
    ['a deep linear head', { headLayers: 3, headBias: false, featureDecay: 0.01 }],
  ])('neural collapse: %s', async (_, over) => {
    await expectSame({ card: neuralCollapse, spec: { ...collapse, ...over }, steps: 12, stops: [6] });
  });

  it('neural collapse: in the terminal phase', async () => {
    const spec = { ...collapse, width: 32, testExamples: 100, duration: 150, evalEvery: 40 };
    const whole = await expectSame({ card: neuralCollapse, spec, steps: 150, stops: [130] });
    const since = [...(whole.series['terminalStep']?.values() ?? [])];
    expect(since[0]).toBeLessThanOrEqual(120);
    expect(whole.series['terminalChange']?.size).toBeGreaterThan(1);
  });
});

describe('checkpoints of a run', () => {
  const card = unconstrained;
  const spec = { ...unconstrained.presets['balanced']?.spec, duration: 12, evalEvery: 5 };
  const run = (over: Spec = {}, options: Parameters<typeof collectRunOf>[4] = {}, seed = 0) =>
    collectRunOf(card, lab.compute, { ...spec, ...over }, seed, { saveMs: 0, ...options });
  let whole: CollectedRun;
  const trainings = new Map<number, Uint8Array<ArrayBuffer>>();
  beforeAll(async () => {
    const checkpoints = new WatchedCheckpoints();
    whole = await run({}, { checkpoints });
    for (const [step, bytes] of checkpoints.trainings) trainings.set(step, bytes);
  });
  const at = (step: number) => trainings.get(step) ?? new Uint8Array();
  const expectWhole = (after: CollectedRun) => {
    expect(joined(whole, after)).toEqual({ series: bitsOf(whole.series), snapshots: whole.snapshots });
    expect(summaryOf(after)).toEqual(summaryOf(whole));
  };

  it('change nothing, however often they are written', async () => {
    const without = await run({}, { saveMs: Infinity });
    expect(without.saved).toEqual([]);
    expect(bitsOf(without.series)).toEqual(bitsOf(whole.series));
    expect(without.snapshots).toEqual(whole.snapshots);
  });

  it('go on from the newest that the record reaches, at any step, the last one too', async () => {
    for (const [a, b, step, expected] of [
      [3, 4, 4, 4],
      [4, 3, 4, 4],
      [6, 5, 5, 5],
      [5, 6, 8, 6],
      [11, 12, 12, 12],
      [11, 12, 99, 12],
    ] as const) {
      const checkpoints = await holding(at(a), at(b));
      const after = await run({}, { checkpoints, resume: { step } });
      expect(after.resumed?.step).toBe(expected);
      expectWhole(after);
      expect(await checkpoints.left()).toEqual([]);
    }
  });

  it.each([
    ['cut off', (bytes: Uint8Array<ArrayBuffer>) => bytes.slice(0, -5)],
    ['empty', () => new Uint8Array()],
    [
      'damaged in one bit',
      (bytes: Uint8Array<ArrayBuffer>) => {
        const damaged = bytes.slice();
        damaged[damaged.length - 9] = (damaged[damaged.length - 9] ?? 0) ^ 1;
        return damaged;
      },
    ],
  ])('count as none where the file is %s: the older one does', async (_, damage) => {
    const checkpoints = await holding(at(6));
    await MemoryCheckpoints.prototype.write.call(checkpoints, NAMES[1], damage(at(7)));
    const after = await run({}, { checkpoints, resume: { step: 9 } });
    expect(after.resumed?.step).toBe(6);
    expectWhole(after);
  });

  it.each<[string, { over?: Spec; seed?: number; step?: number }]>([
    ['of another setting', { over: { learningRate: 0.11 } }],
    ['of another seed', { seed: 1 }],
    ['beyond the record', { step: 5 }],
  ])('count as none where they are %s: the run begins anew', async (_, { over, seed, step = 9 }) => {
    const checkpoints = await holding(at(6), at(7));
    const anew = await run(over, { checkpoints, resume: { step } }, seed);
    expect(anew.resumed).toEqual({ step: -1, trainMs: 0 });
    const fresh = await run(over, {}, seed);
    expect(bitsOf(anew.series)).toEqual(bitsOf(fresh.series));
    expect(anew.snapshots).toEqual(fresh.snapshots);
  });

  it('count as none where they are of another build', async () => {
    const text = new TextDecoder('latin1').decode(at(7));
    const from = text.indexOf('"build":"test"');
    expect(from).toBeGreaterThan(0);
    const other = at(7).slice();
    other.set(new TextEncoder().encode('"build":"TEST"'), from);
    const checkpoints = await holding(at(6), other);
    const after = await run({}, { checkpoints, resume: { step: 9 } });
    expect(after.resumed?.step).toBe(6);
  });

  it('go on with the clock of the training where it stood', async () => {
    const clock = JSON.parse(decodeSafetensors(at(7)).metadata['clock'] ?? '') as { trainMs: number };
    expect(clock.trainMs).toBeGreaterThan(0);
    const after = await run({}, { checkpoints: await holding(at(7)), resume: { step: 7 } });
    expect(after.resumed).toEqual({ step: 7, trainMs: clock.trainMs });
    expect(after.trainMs).toBeGreaterThan(clock.trainMs);
  });

  it('cost a run nothing where the storage refuses, and the details say so', async () => {
    class Full extends MemoryCheckpoints {
      override write(): Promise<void> {
        return Promise.reject(new Error('there is no room'));
      }
    }
    const refused = await run({}, { checkpoints: new Full() });
    expect(bitsOf(refused.series)).toEqual(bitsOf(whole.series));
    expect(refused.saved).toEqual([]);
    expect(refused.facts?.details['Checkpoints to go on from']).toBe('none: there is no room');
    class FullLater extends WatchedCheckpoints {
      override async write(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
        if (this.trainings.size === 3) throw new Error('there is no room');
        await super.write(name, bytes);
      }
    }
    const later = await run({}, { checkpoints: new FullLater() });
    expect(bitsOf(later.series)).toEqual(bitsOf(whole.series));
    expect(later.saved.at(-1)).toBe(3);
    const words = 'none after step 3: there is no room';
    expect(later.facts?.details['Checkpoints to go on from']).toBe(words);
    const passing = await run({}, { checkpoints: new MemoryCheckpoints('It is a private window') });
    expect(passing.saved).toEqual([]);
    expect(passing.facts?.details['Checkpoints to go on from']).toBe('none: It is a private window');
  });

  it('lie before the evaluation that a run was stopped in', async () => {
    const routed = { ...TINY, testExamples: 500, evalEvery: 3 };
    const undisturbed = await collectRunOf(mixtureOfDepths, lab.compute, routed, 0, { saveMs: Infinity });
    const abort = new AbortController();
    const checkpoints = new WatchedCheckpoints();
    const stopped = await collectRunOf(mixtureOfDepths, lab.compute, routed, 0, {
      ...{ checkpoints, saveMs: 0, mayFail: true, signal: abort.signal },
      heard: ({ phase, step }) => {
        if (phase.phase === 'evaluating' && step > 0) abort.abort();
      },
    });
    expect(stopped.outcome).toEqual({ status: 'stopped' });
    const step = stopped.saved.at(-1) ?? NaN;
    expect([2, 5, 7]).toContain(step);
    const after = await collectRunOf(mixtureOfDepths, lab.compute, routed, 0, {
      ...{ checkpoints, saveMs: 0, resume: { step } },
    });
    expect(after.resumed?.step).toBe(step);
    expect(joined(stopped, after).series).toEqual(bitsOf(undisturbed.series));
  });

  it('are left by a run that is stopped, of its last step, with all that it had to report', async () => {
    const abort = new AbortController();
    const checkpoints = new WatchedCheckpoints();
    const stopped = await run(
      { duration: 4000, evalEvery: 0 },
      {
        ...{ checkpoints, saveMs: 1e9, mayFail: true, signal: abort.signal },
        heard: ({ step }) => {
          if (step >= 3) abort.abort();
        },
      },
    );
    expect(stopped.outcome).toEqual({ status: 'stopped' });
    const [step] = stopped.saved;
    expect(stopped.saved).toHaveLength(1);
    expect([...checkpoints.trainings.keys()]).toEqual([step]);
    expect(Math.max(...(stopped.series['objective']?.keys() ?? []))).toBe(step);
  });
});
