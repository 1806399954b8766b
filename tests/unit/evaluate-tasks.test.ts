import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openCompute } from '../../src/engine/open-compute';
import { createRng } from '../../src/math/philox-rng';
import type { MultiTask, MultiTaskBatch } from '../../src/nn/multi-task-batches';
import { createMultiTaskModel } from '../../src/nn/multi-task-model';
import type { PhaseEvent } from '../../src/run/events';
import { evaluateTasks, type TaskEvaluation } from '../../src/training/evaluate-tasks';
import { referenceLosses } from '../support/float64/multi-task-mlp';
import { everyLoss, referenceBatch, smallShape, tensorsOf } from './multi-task-fixture';

beforeAll(async () => {
  await openCompute('cpu');
  expect(tf.getBackend()).toBe('cpu');
});

const never = new AbortController().signal;

/** Makes batches of some of these examples. */
const batchesOf =
  ({ input, targets }: MultiTaskBatch<string>) =>
  (examples: tf.Tensor1D): MultiTaskBatch<string> => ({
    input: tf.gather(input, examples),
    targets: Object.fromEntries(
      Object.entries(targets).map(([name, values]) => [name, tf.gather(values, examples)]),
    ),
  });

/** Runs an evaluation to its end. */
async function evaluated(...args: Parameters<typeof evaluateTasks>) {
  const evaluation = evaluateTasks(...args);
  const events: PhaseEvent[] = [];
  let next = await evaluation.next();
  while (next.done !== true) {
    events.push(next.value);
    next = await evaluation.next();
  }
  return { result: next.value, events };
}

/** A model whose outputs are its inputs' columns, split among the groups. */
const passingOn = (widths: Record<string, number>) => ({
  forward(input: tf.Tensor) {
    let from = 0;
    return new Map(
      Object.entries(widths).map(([group, width]) => {
        const outputs = tf.slice(input as tf.Tensor2D, [0, from], [-1, width]);
        from += width;
        return [group, outputs];
      }),
    );
  },
});

const binary = (...ids: string[]): MultiTask[] =>
  ids.map((id) => ({ id, loss: 'binary-cross-entropy', outputs: 1 }));

/** Evaluates logits `[examples][tasks]` against targets of the same shape. */
async function told(logits: number[][], targets: number[][]): Promise<TaskEvaluation[]> {
  const ids = (logits[0] ?? []).map((_, k) => `task ${k}`);
  const batch = { input: tf.tensor2d(logits), targets: { attributes: tf.tensor2d(targets) } };
  const model = passingOn({ attributes: ids.length });
  const { result } = await evaluated(logits.length, batchesOf(batch), model, binary(...ids), never, 3);
  return [...result.values()];
}

describe('evaluateTasks', () => {
  it('finds what one example after the other gives in float64, however batches are cut', async () => {
    const count = 613;
    const model = createMultiTaskModel(smallShape(everyLoss, { headWidth: 4 }), createRng(1).fork('init'));
    const examples = referenceBatch(count, 3);
    const batch = tensorsOf(examples);
    const wanted = referenceLosses(await model.parameters.toArrays(), examples, everyLoss);
    const { logits, joint } = tf.tidy(() => {
      const outputs = model.forward(batch.input);
      return {
        logits: outputs.get('class') ?? tf.zeros([0]),
        joint: outputs.get('attributes') ?? tf.zeros([0]),
      };
    });
    const rows = (await logits.array()) as number[][];
    const columns = (await joint.array()) as number[][];
    const correct = rows.filter(
      (row, n) => row.indexOf(Math.max(...row)) === examples.targets['class']?.[n]?.[0],
    );

    for (const batchSize of [undefined, 1, 64, 306, 612, 613, 10_000]) {
      const { result, events } = await evaluated(count, batchesOf(batch), model, everyLoss, never, batchSize);
      expect([...result.keys()]).toEqual(everyLoss.map(({ id }) => id));
      for (const [k, { id }] of everyLoss.entries())
        expect((result.get(id)?.loss ?? NaN) / (wanted[k] ?? NaN), id).toBeCloseTo(1, 6);
      expect(result.get('class')?.metric).toBe(correct.length / count);
      for (const id of ['angle', 'clean']) {
        expect(result.get(id)?.metric).toBe(result.get(id)?.loss);
        expect(result.get(id)?.errorRate).toBeUndefined();
      }
      for (const [column, id] of ['round', 'red'].entries()) {
        const cases = columns.map((row, n) => ({
          isTold: (row[column] ?? NaN) > 0,
          isSo: examples.targets['attributes']?.[n]?.[column] === 1,
        }));
        const share = (side: boolean) => {
          const all = cases.filter(({ isSo }) => isSo === side);
          return all.filter(({ isTold }) => isTold === side).length / all.length;
        };
        expect(result.get(id)?.metric).toBe((share(true) + share(false)) / 2);
        const wrong = cases.filter(({ isTold, isSo }) => isTold !== isSo).length;
        expect(result.get(id)?.errorRate).toBeCloseTo(wrong / count, 12);
      }
      const size = batchSize ?? 250;
      expect(events).toEqual(
        Array.from({ length: Math.ceil(count / size) }, (_, i) => ({
          kind: 'phase',
          phase: 'evaluating',
          progress: { done: i * size, total: count, unit: 'examples' },
        })),
      );
    }
    model.parameters.dispose();
  });

  it('weighs both sides of a rare attribute equally', async () => {
    // One positive of ten, missed: nine tenths are right, and half of what counts.
    const targets = Array.from({ length: 10 }, (_, n) => [n === 4 ? 1 : 0]);
    const [evaluation] = await told(
      targets.map(() => [-2]),
      targets,
    );
    expect(evaluation?.metric).toBe(0.5);
    expect(evaluation?.errorRate).toBeCloseTo(0.1, 12);
    const loss = (9 * Math.log1p(Math.exp(-2)) + Math.log1p(Math.exp(2))) / 10;
    expect(evaluation?.loss).toBeCloseTo(loss, 6);
  });

  it('gives the share of the one side where the split has no example of the other', async () => {
    const [none, all] = await told(
      [
        [-1, 1],
        [2, 1],
        [-1, -1],
        [-3, 1],
      ],
      [
        [0, 1],
        [0, 1],
        [0, 1],
        [0, 1],
      ],
    );
    expect([none?.metric, none?.errorRate, all?.metric, all?.errorRate]).toEqual([0.75, 0.25, 0.75, 0.25]);
  });

  it('counts a logit of 0 as negative, and the lower of equal classes as told', async () => {
    const [evaluation] = await told([[0], [0]], [[0], [1]]);
    expect(evaluation?.metric).toBe(0.5);
    const tasks: MultiTask[] = [{ id: 'class', loss: 'cross-entropy', outputs: 3 }];
    const batch = {
      input: tf.tensor2d([1, 1, 0, 0, 2, 2], [2, 3]),
      targets: { class: tf.tensor1d([0, 2], 'int32') },
    };
    const { result } = await evaluated(2, batchesOf(batch), passingOn({ class: 3 }), tasks, never);
    expect(result.get('class')?.metric).toBe(0.5);
  });

  it('shows a diverged model in the loss', async () => {
    const [first, second] = await told([[NaN, 1]], [[1, 1]]);
    expect(first?.loss).toBeNaN();
    expect(second?.loss).toBeCloseTo(Math.log1p(Math.exp(-1)), 6);
  });

  it('ends when it is asked to, and leaves no tensor behind', async () => {
    const batch = tensorsOf(referenceBatch(20));
    const model = createMultiTaskModel(smallShape(everyLoss), createRng(1));
    const before = tf.memory().numTensors;
    await evaluated(20, batchesOf(batch), model, everyLoss, never, 6);
    const stop = new AbortController();
    const evaluation = evaluateTasks(20, batchesOf(batch), model, everyLoss, stop.signal, 6);
    await evaluation.next();
    await evaluation.next();
    stop.abort(new Error('stopped'));
    await expect(evaluation.next()).rejects.toThrow('stopped');
    expect(tf.memory().numTensors).toBe(before);
    model.parameters.dispose();
  });
});
