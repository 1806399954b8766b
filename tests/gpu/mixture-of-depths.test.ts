import { describe, expect, it } from 'vitest';
import mixtureOfDepths from '../../src/experiments/mixture-of-depths/card';
import { takeDense } from '../../src/experiments/mixture-of-depths/dense-model';
import { createModel } from '../../src/experiments/mixture-of-depths/model';
import { IMAGES, ROUTING } from '../../src/experiments/mixture-of-depths/routing-snapshot';
import { createRng } from '../../src/math/philox-rng';
import { MemoryCheckpoints } from '../../src/run/memory-checkpoints';
import { parseSpec } from '../../src/spec/parse-spec';
import { collectRun, TINY, type CollectedRun } from '../support/collect-run';
import { routingLaws } from '../support/routing-laws';
import { onWebGpu } from '../support/on-webgpu';

const lab = onWebGpu();

describe('routing on WebGPU', routingLaws);

describe('the Mixture-of-Depths run', () => {
  it('repeats to the last bit for a seed, and differs for another', async () => {
    const [first, again, other] = [
      await collectRun(lab.compute, {}, 1),
      await collectRun(lab.compute, {}, 1),
      await collectRun(lab.compute, {}, 2),
    ];
    expect(first.outcome.status).toBe('done');
    expect(first.series['trainLoss']?.size).toBe(8);
    expect(again.series['trainLoss']).toEqual(first.series['trainLoss']);
    expect(again.series['testLoss']).toEqual(first.series['testLoss']);
    expect(other.series['trainLoss']).not.toEqual(first.series['trainLoss']);
  });

  it.each(['amod', 'dense'])('replays its steps: %s', async (router) => {
    const { facts } = await collectRun(lab.compute, { router });
    expect(facts?.engine?.captured).toEqual({ captured: true });
  });

  it('trains the same, to the bit, whether or not it is evaluated on the way', async () => {
    const [seldom, often] = [
      await collectRun(lab.compute, {}),
      await collectRun(lab.compute, { evalEvery: 2 }),
    ];
    expect(often.series['testLoss']?.size).toBe(4);
    expect(seldom.series['testLoss']?.size).toBe(1);
    expect(often.series['trainLoss']).toEqual(seldom.series['trainLoss']);
    expect(often.series['testLoss']?.get(8)).toBe(seldom.series['testLoss']?.get(8));
  });

  it('at capacity 1 trains exactly as the dense model does', async () => {
    const [routed, dense] = [
      await collectRun(lab.compute, { router: 'amod', capacity: 1 }),
      await collectRun(lab.compute, { router: 'dense' }),
    ];
    expect(routed.series['trainLoss']).toEqual(dense.series['trainLoss']);
    expect(routed.series['testLoss']).toEqual(dense.series['testLoss']);
    expect(routed.facts?.flopsPerStep).toBe(dense.facts?.flopsPerStep);
  });

  it('variants of a seed start from the same parameters and the same data', async () => {
    const [routed, dense] = [
      await collectRun(lab.compute, { router: 'amod' }),
      await collectRun(lab.compute, { router: 'dense' }),
    ];
    expect(routed.facts?.initDigest).toBe(dense.facts?.initDigest);
    expect(routed.facts?.dataDigest).toBe(dense.facts?.dataDigest);
    expect(routed.facts?.parameters).toBe(dense.facts?.parameters);
    expect(routed.series['trainLoss']).not.toEqual(dense.series['trainLoss']);
  });

  it('says at which step it diverged, and keeps the points before', async () => {
    const wild = {
      optimizer: 'sgd',
      learningRate: 1,
      momentum: 0.999,
      weightDecay: 1,
      schedule: 'constant',
      warmup: 0,
      duration: 400,
    };
    const { outcome, series } = await collectRun(lab.compute, wild, 0, { mayFail: true });
    expect(outcome.status === 'failed' && outcome.fault.name).toBe('DivergedError');
    expect(series['trainLoss']?.size).toBeGreaterThan(0);
  });

  it('refuses a patch that does not divide the image, in words', async () => {
    const { outcome } = await collectRun(lab.compute, { patch: 5 }, 0, { mayFail: true });
    expect(outcome).toMatchObject({ status: 'failed', fault: { name: 'SpecError' } });
    expect(outcome.status === 'failed' && outcome.fault.message).toContain('does not divide');
  });

  it('with fewer blocks costs about what A-MoD costs, and says how far off it is', async () => {
    const [amod, isoFlop, dense] = [
      await collectRun(lab.compute, { router: 'amod' }),
      await collectRun(lab.compute, { router: 'isoflop' }),
      await collectRun(lab.compute, { router: 'dense' }),
    ];
    const flops = (run: typeof amod) => run.facts?.flopsPerImage ?? NaN;
    expect(isoFlop.facts?.details['Tokens per block']).toBe('17, 17, 17'); // of four blocks
    const mismatch = flops(isoFlop) / flops(amod) - 1;
    expect(Math.abs(mismatch)).toBeLessThan(Math.abs(flops(dense) / flops(amod) - 1));
    expect(isoFlop.facts?.details['Dense ViT closest in FLOPs to A-MoD']).toBe(
      `3 of 4 blocks, +${(100 * mismatch).toFixed(1)} % FLOPs`,
    );
    expect(isoFlop.facts?.parameters).toBeLessThan(dense.facts?.parameters ?? NaN);
  });

  it('pictures its routing at every evaluation', async () => {
    const { snapshots, series } = await collectRun(lab.compute, { capacity: 0.3, evalEvery: 4, duration: 8 });
    const images = snapshots.filter(({ name }) => name === IMAGES);
    expect(images).toHaveLength(1);
    expect(images[0]?.arrays['pixels']?.shape).toEqual([20, 28, 28, 1]);
    expect([...(images[0]?.arrays['labels']?.values ?? [])].map((label) => label)).toEqual(
      Array.from({ length: 20 }, (_, i) => Math.floor(i / 2)),
    );
    const routing = snapshots.filter(({ name }) => name === ROUTING);
    expect(routing.map(({ step }) => step)).toEqual([4, 8]);
    const k = Math.floor(0.3 * 17);
    for (const { arrays } of routing) {
      const { kept, scores, keptShare, blocks, probabilities } = arrays;
      expect([...(blocks?.values ?? [])]).toEqual([2, 4]);
      expect(kept?.shape).toEqual([20, 2, 17]);
      for (let row = 0; row < 40; row++) {
        const keptHere = kept?.values.subarray(17 * row, 17 * (row + 1)) ?? [];
        const scoresHere = scores?.values.subarray(17 * row, 17 * (row + 1)) ?? [];
        expect(sum(keptHere)).toBe(k);
        expect(sum(scoresHere)).toBeCloseTo(1, 5);
        const skipped = [...scoresHere].filter((_, i) => keptHere[i] === 0);
        const worst = Math.min(...[...scoresHere].filter((_, i) => keptHere[i] === 1));
        expect(Math.max(...skipped)).toBeLessThanOrEqual(worst);
      }
      expect(sum(keptShare?.values.subarray(0, 17) ?? [])).toBeCloseTo(k, 5);
      for (let row = 0; row < 20; row++)
        expect(sum(probabilities?.values.subarray(10 * row, 10 * (row + 1)) ?? [])).toBeCloseTo(1, 5);
    }
    expect(series['stepsToPeak']?.get(8)).toBeLessThanOrEqual(8);
    expect(series['inferenceTime']?.get(8)).toBeGreaterThan(0);
  });

  it('leaves no tensor behind', async () => {
    const tf = await import('@tensorflow/tfjs-core');
    await collectRun(lab.compute, {});
    const before = tf.memory();
    await collectRun(lab.compute, { router: 'dense', evalEvery: 3 });
    const after = tf.memory();
    expect(after.numTensors).toBe(before.numTensors);
    expect(after.numBytes).toBe(before.numBytes);
  });
});

describe('adapting a dense model', () => {
  const ADAPT = { protocol: 'adapt', pretrainEpochs: 1, trainExamples: 320, duration: 4, evalEvery: 2 };
  const FOUND = 'found as an earlier run left it';
  const origin = ({ facts }: CollectedRun) => facts?.details['Dense model that it began with'] ?? '';

  it('trains it once for all variants, which at capacity 1 are the same to the bit', async () => {
    const checkpoints = new MemoryCheckpoints();
    const runs: CollectedRun[] = [];
    for (const router of ['dense', 'amod', 'random', 'cls-attention', 'token-norm'])
      runs.push(await collectRun(lab.compute, { ...ADAPT, router, capacity: 1 }, 0, { checkpoints }));
    const [first, ...others] = runs;
    if (!first) throw new Error('five runs');
    expect(origin(first)).toMatch(/^[0-9.]+ % on fashion-mnist after 10 steps$/);
    expect([...(first.series['testLoss']?.keys() ?? [])]).toEqual([0, 2, 4]);
    for (const other of others) {
      expect(origin(other)).toContain(FOUND);
      expect(other.facts?.initDigest).toBe(first.facts?.initDigest);
      for (const metric of ['trainLoss', 'testLoss', 'testAccuracy', 'zeroTraining'])
        expect(other.series[metric]).toEqual(first.series[metric]);
    }
  });

  it('converts below capacity 1: measured before training, each router from the same weights', async () => {
    const checkpoints = new MemoryCheckpoints();
    const [dense, amod, linear, shallow] = [
      await collectRun(lab.compute, { ...ADAPT, router: 'dense' }, 0, { checkpoints }),
      await collectRun(lab.compute, { ...ADAPT, router: 'amod' }, 0, { checkpoints }),
      await collectRun(lab.compute, { ...ADAPT, router: 'linear' }, 0, { checkpoints }),
      await collectRun(lab.compute, { ...ADAPT, router: 'isoflop' }, 0, { checkpoints }),
    ];
    expect(amod.facts?.initDigest).toBe(dense.facts?.initDigest);
    expect(linear.facts?.initDigest).not.toBe(dense.facts?.initDigest); // has a router besides
    expect((linear.facts?.parameters ?? NaN) - (dense.facts?.parameters ?? NaN)).toBe(2 * 32);
    const losses = [dense, amod, linear, shallow].map(({ series }) => series['testLoss']?.get(0));
    expect(new Set(losses).size).toBe(4);
    for (const { series } of [dense, amod, linear, shallow]) {
      expect([...(series['zeroTraining']?.keys() ?? [])]).toEqual([0]);
      expect(series['zeroTraining']?.get(0)).toBe(series['testAccuracy']?.get(0));
    }
  });

  it('after a transfer keeps its own read-out layer, and routers keep theirs', async () => {
    const small = { patches: 16, patchValues: 49, classes: 10 };
    const spec = parseSpec(mixtureOfDepths.knobs, { ...TINY, router: 'linear' });
    const [source, target] = [1, 2].map((seed) => createModel(spec, small, createRng(seed)));
    if (!source || !target) throw new Error('two models');
    const [theirs, before] = [await source.parameters.toArrays(), await target.parameters.toArrays()];
    const dense = { tensors: theirs, metadata: {}, stepsTrained: 0, description: '' };
    takeDense(target.parameters, dense, { ...spec, protocol: 'transfer' });
    const after = await target.parameters.toArrays();
    for (const [name, { values }] of after) {
      const own = name.startsWith('head.') || name.includes('.router.');
      expect([name, values]).toEqual([name, (own ? before : theirs).get(name)?.values]);
    }
    expect([...after.keys()].filter((name) => name.includes('.router.'))).toHaveLength(2);
    source.parameters.dispose();
    target.parameters.dispose();
  });
});

const sum = (values: Iterable<number>) => [...values].reduce((total, value) => total + value, 0);
