import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DeviceError } from '../../src/engine/device-error';
import { asLab } from '../../src/engine/lab-backend';
import { DeviceKeeper } from '../../src/engine/lab-device';
import { openCompute } from '../../src/engine/open-compute';
import tract from '../../src/experiments/tract/card';
import unconstrained from '../../src/experiments/unconstrained-features/card';
import { bitsOf, collectRun, collectRunOf, TINY, type CollectedRun } from '../support/collect-run';
import { counting } from './counting';

let devices: DeviceKeeper;
beforeEach(() => {
  devices = new DeviceKeeper();
});
afterEach(() => devices.close());

const { trainExamples, testExamples } = TINY;
const TRACT = { ...tract.presets['smoke']?.spec, trainExamples, testExamples, duration: 1, evalEvery: 0 };

/** Opens a backend on the keeper's device, and closes it after use. */
async function using<Result>(use: (compute: Awaited<ReturnType<typeof openCompute>>) => Promise<Result>) {
  const compute = await openCompute('webgpu', { devices });
  expect(compute.info.backend, compute.info.reason).toBe('webgpu');
  try {
    return { result: await use(compute), device: asLab(tf.backend()).device };
  } finally {
    compute.dispose();
  }
}

describe('a device that is kept', () => {
  it('computes what a new one does, whatever ran on it before, and compiles nothing twice', async () => {
    const fresh = await using((compute) => collectRun(compute, {}, 3));
    devices.close();
    await using((compute) => collectRunOf(tract, compute, TRACT));
    await using((compute) => collectRunOf(unconstrained, compute, { duration: 20, evalEvery: 0 }));
    const first = await using((compute) => collectRun(compute, {}, 4));
    let second: CollectedRun | undefined;
    const { pipelines } = await counting(async () => {
      second = (await using((compute) => collectRun(compute, {}, 3))).result;
    });
    expect(pipelines).toBe(0);
    if (!second) throw new Error('no run');
    expect(bitsOf(second.series)).toEqual(bitsOf(fresh.result.series));
    expect(bitsOf(second.series)).not.toEqual(bitsOf(first.result.series));
    expect(second.facts?.engine).toEqual(fresh.result.facts?.engine);
  });

  it('has no tensors of what ran on it before, not even those that were left behind', async () => {
    const { result: former, device } = await using((compute) => {
      tf.square(tf.ones([1000]));
      return Promise.resolve(compute.report().kernels);
    });
    const { result: bytes, device: again } = await using((compute) => {
      expect(compute.report().kernels).toEqual([]);
      return Promise.resolve(asLab(tf.backend()).memory().numBytesInGPU);
    });
    expect(again).toBe(device);
    expect(former).toEqual([]);
    expect(bytes).toBe(0);
  });

  it('tells each use of its own errors, and is not kept after one', async () => {
    const { device } = await using(async (compute) => {
      const backend = asLab(tf.backend());
      backend.device.createBuffer({ size: 4, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.STORAGE });
      backend.submit(); // carries the complaint along
      await expect(compute.failure).rejects.toThrow(DeviceError);
    });
    const { device: next } = await using(async (compute) => {
      const quiet = await Promise.race([
        compute.failure.catch(() => 'failed'),
        new Promise((done) => setTimeout(() => done('quiet'), 200)),
      ]);
      expect(quiet).toBe('quiet');
      expect([...(await tf.add(tf.tensor1d([1]), 1).data())]).toEqual([2]);
    });
    expect(next).not.toBe(device);
  });

  it('is replaced where it was lost while nothing ran on it', async () => {
    const { device } = await using(() => Promise.resolve());
    device.destroy();
    await device.lost;
    const { device: next, result } = await using(() => tf.add(tf.tensor1d([1]), 1).data());
    expect(next).not.toBe(device);
    expect([...result]).toEqual([2]);
  });
});
