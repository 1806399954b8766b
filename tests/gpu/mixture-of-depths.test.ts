import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCompute, type Compute } from '../../src/engine/open-compute';
import { collectRun } from '../support/collect-run';
import { routingLaws } from '../support/routing-laws';

let compute: Compute;
beforeAll(async () => {
  compute = await openCompute();
  expect(compute.info.backend, compute.info.reason).toBe('webgpu');
});
afterAll(() => compute.dispose());

describe('routing by attention on WebGPU', routingLaws);

describe('the Mixture-of-Depths run', () => {
  it('repeats to the last bit for a seed, and differs for another', async () => {
    const [first, again, other] = [
      await collectRun(compute, {}, 1),
      await collectRun(compute, {}, 1),
      await collectRun(compute, {}, 2),
    ];
    expect(first.outcome.status).toBe('done');
    expect(first.series['trainLoss']?.size).toBe(8);
    expect(again.series['trainLoss']).toEqual(first.series['trainLoss']);
    expect(again.series['testLoss']).toEqual(first.series['testLoss']);
    expect(other.series['trainLoss']).not.toEqual(first.series['trainLoss']);
  });

  it.each(['amod', 'dense'])('replays its steps: %s', async (router) => {
    const { facts } = await collectRun(compute, { router });
    expect(facts?.engine?.captured).toEqual({ captured: true });
  });

  it('trains the same, to the bit, whether or not it is evaluated on the way', async () => {
    const [seldom, often] = [await collectRun(compute, {}), await collectRun(compute, { evalEvery: 2 })];
    expect(often.series['testLoss']?.size).toBe(4);
    expect(seldom.series['testLoss']?.size).toBe(1);
    expect(often.series['trainLoss']).toEqual(seldom.series['trainLoss']);
    expect(often.series['testLoss']?.get(8)).toBe(seldom.series['testLoss']?.get(8));
  });

  it('at capacity 1 trains exactly as the dense model does', async () => {
    const [routed, dense] = [
      await collectRun(compute, { router: 'amod', capacity: 1 }),
      await collectRun(compute, { router: 'dense' }),
    ];
    expect(routed.series['trainLoss']).toEqual(dense.series['trainLoss']);
    expect(routed.series['testLoss']).toEqual(dense.series['testLoss']);
    expect(routed.facts?.flopsPerStep).toBe(dense.facts?.flopsPerStep);
  });

  it('variants of a seed start from the same parameters and the same data', async () => {
    const [routed, dense] = [
      await collectRun(compute, { router: 'amod' }),
      await collectRun(compute, { router: 'dense' }),
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
    const { outcome, series } = await collectRun(compute, wild, 0, { mayFail: true });
    expect(outcome.status === 'failed' && outcome.fault.name).toBe('DivergedError');
    expect(series['trainLoss']?.size).toBeGreaterThan(0);
  });

  it('refuses a patch that does not divide the image, in words', async () => {
    const { outcome } = await collectRun(compute, { patch: 5 }, 0, { mayFail: true });
    expect(outcome).toMatchObject({ status: 'failed', fault: { name: 'SpecError' } });
    expect(outcome.status === 'failed' && outcome.fault.message).toContain('does not divide');
  });

  it('leaves no tensor behind', async () => {
    const tf = await import('@tensorflow/tfjs-core');
    await collectRun(compute, {});
    const before = tf.memory();
    await collectRun(compute, { router: 'dense', evalEvery: 3 });
    const after = tf.memory();
    expect(after.numTensors).toBe(before.numTensors);
    expect(after.numBytes).toBe(before.numBytes);
  });
});
