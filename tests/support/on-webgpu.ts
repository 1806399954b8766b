import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect } from 'vitest';
import { asLab, type LabBackend } from '../../src/engine/lab-backend';
import { DeviceKeeper } from '../../src/engine/lab-device';
import { openCompute, type Compute } from '../../src/engine/open-compute';

/** What the tests of a file compute on; there once the first of them runs. */
interface OnWebGpu {
  readonly compute: Compute;
  readonly backend: LabBackend;
}

/** One device for all files, so that what they share is compiled once. */
const devices = new DeviceKeeper();

/** Opens WebGPU before the tests of a file and frees it after them. Without an adapter they fail. */
export function onWebGpu(): OnWebGpu {
  let compute: Compute | undefined;
  beforeAll(async () => {
    compute = await openCompute('webgpu', { devices });
    expect(compute.info.backend, compute.info.reason).toBe('webgpu');
  });
  afterAll(() => compute?.dispose());
  return {
    get compute() {
      if (!compute) throw new Error('not open yet');
      return compute;
    },
    get backend() {
      return asLab(tf.backend());
    },
  };
}
