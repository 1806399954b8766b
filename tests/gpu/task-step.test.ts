import { describe, expect, it } from 'vitest';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { LAB } from '../../src/engine/lab-backend';
import '../../src/kernels/native';
import { apart, setUp, specOf, trainFor } from '../support/task-step-setup';
import { taskStepLaws } from '../support/task-step-laws';
import { onWebGpu } from '../support/on-webgpu';

onWebGpu();

describe('the training step, captured', taskStepLaws);

describe('a replayed step', () => {
  it.each([
    { method: 'uw' },
    { method: 'rlw' },
    { method: 'gradnorm' },
    { method: 'ew', optimizer: 'adam-per-task' },
    { method: 'pcgrad', tasks: 'attributes' },
  ])('has the bits of the step in tfjs, up to step 101, and is near another backend’s: %j', async (knobs) => {
    const spec = specOf({ ...knobs, measures: true, measureEvery: 25, measureSamples: 2 });
    const replayed = await trainFor(setUp(spec), 101); // steps 2, 3, 10 and 100 are compared
    expect(replayed.step.outcome).toEqual({ captured: true });
    await tf.setBackend('cpu');
    try {
      const eager = await trainFor(setUp(spec), 14);
      await tf.setBackend(LAB);
      const start = await trainFor(setUp(spec), 14);
      expect(apart(eager.parameters, start.parameters)).toBeLessThan(1e-4);
    } finally {
      await tf.setBackend(LAB);
    }
  });
});
