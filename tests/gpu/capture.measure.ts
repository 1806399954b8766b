import * as tf from '@tensorflow/tfjs-core';
import { test } from 'vitest';
import { capture } from '../../src/engine/capture';
import { EagerStep } from '../../src/engine/eager-step';
import { asLab } from '../../src/engine/lab-backend';
import { openCompute } from '../../src/engine/open-compute';
import '../../src/kernels/native';
import { amodPolicy } from '../../src/methods/routing/amod';
import { counting } from './counting';
import { smallVit } from './small-vit';

/**
 * What a training step costs eager and captured (49 tokens, width 64, 4 blocks, Adam), in one run, side by side:
 * `SEEDLAB_MEASURE=1 npx vitest run --project gpu tests/gpu/capture.measure.ts`.
 */
const shape = { patches: 48, patchValues: 16, width: 64, heads: 4, mlpRatio: 4, depth: 4, classes: 10 };
const optimizer = { kind: 'adam', weightDecay: 0, momentum: 0 } as const;

const least = (times: number[]) => Math.min(...times).toFixed(2);
const median = (times: number[]) => ([...times].sort((a, b) => a - b)[times.length >> 1] ?? NaN).toFixed(2);

test.each([
  ['dense, batch 64', 64, 0],
  ['A-MoD 50 %, batch 64', 64, 0.5],
  ['A-MoD 12.5 %, batch 64', 64, 0.125],
  ['dense, batch 1', 1, 0],
] as const)('%s', async (label, batch, capacity) => {
  const compute = await openCompute();
  const { device } = asLab(tf.backend());
  for (const kind of ['eager', 'captured', 'captured, one submit'] as const) {
    const vit = smallVit({
      shape,
      batch,
      optimizer,
      ...(capacity > 0 ? { policy: amodPolicy(capacity) } : {}),
    });
    const limit = kind === 'captured' ? {} : { submitMs: Infinity };
    const step = kind === 'eager' ? new EagerStep(vit.definition, kind) : capture(vit.definition, limit);
    for (let i = 1; i <= 4; i++) await step.run(vit.inputsAt(i));
    const script: number[] = [];
    const wall: number[] = [];
    for (let i = 0; i < 6; i++) {
      const values = vit.inputsAt(5 + i);
      asLab(tf.backend()).submitPending();
      await device.queue.onSubmittedWorkDone();
      const startedAt = performance.now();
      const running = step.run(values);
      if (kind === 'eager') asLab(tf.backend()).submitPending();
      script.push(performance.now() - startedAt);
      await running;
      await device.queue.onSubmittedWorkDone();
      wall.push(performance.now() - startedAt);
    }
    const counts = JSON.stringify(await counting(() => step.run(vit.inputsAt(20))));
    console.log(
      `${label}, ${kind} ${JSON.stringify(step.outcome)}: script least ${least(script)} median ${median(script)} ms, ` +
        `wall least ${least(wall)} median ${median(wall)} ms, ${counts}`,
    );
    await step.read();
    step.dispose();
    vit.dispose();
  }
  compute.dispose();
});
