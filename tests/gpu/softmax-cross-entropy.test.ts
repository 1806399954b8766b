import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { asLab } from '../../src/engine/lab-backend';
import '../../src/kernels/native';
import { ShapeError } from '../../src/kernels/shape-error';
import { softmaxCrossEntropy } from '../../src/kernels/softmax-cross-entropy/softmax-cross-entropy';
import { counting } from './counting';
import { distance, normals } from './random-tensor';
import { onWebGpu } from '../support/on-webgpu';

onWebGpu();

const numbers = async (x: tf.Tensor) => [...(await x.data())];

/** The definition in float64: losses and gradient of their sum, rows whose target is null counting for nothing. */
function exact(x: number[][], targets: (number[] | null)[], smoothing: number) {
  const rows = x.map((logits, row) => {
    const target = targets[row];
    if (!target) return { loss: 0, gradient: logits.map(() => 0) };
    const t = target.map((value) => (1 - smoothing) * value + smoothing / logits.length);
    const largest = Math.max(...logits);
    const logSum = largest + Math.log(logits.reduce((sum, value) => sum + Math.exp(value - largest), 0));
    const mass = t.reduce((sum, value) => sum + value, 0);
    return {
      loss: t.reduce((sum, value, i) => sum + (value === 0 ? 0 : value * (logSum - (logits[i] ?? NaN))), 0),
      gradient: logits.map((value, i) => mass * Math.exp(value - logSum) - (t[i] ?? NaN)),
    };
  });
  return { losses: rows.map(({ loss }) => loss), gradient: rows.flatMap(({ gradient }) => gradient) };
}

const oneHot = (label: number, classes: number) =>
  label < 0 ? null : Array.from({ length: classes }, (_, i) => (i === label ? 1 : 0));

const matrix = (rows: number, columns: number, seed: number, scale = 1) => {
  const values = normals(rows * columns, seed);
  return Array.from({ length: rows }, (_, row) =>
    [...values.slice(row * columns, (row + 1) * columns)].map((value) => Math.fround(value * scale)),
  );
};

describe.each(['portable', 'subgroup', 'tiled'])('cross-entropy (%s)', (variant) => {
  const withVariant = <Result>(run: () => Result): Result => {
    const backend = asLab(tf.backend());
    backend.forcedVariant = variant;
    const result = run();
    backend.forcedVariant = null;
    return result;
  };

  it.each([
    [4, 3, 1],
    [70, 10, 5],
    [19, 1000, 10],
  ])('equals the definition in float64: %i × %i', async (rows, classes, scale) => {
    const x = matrix(rows, classes, 1, scale);
    const labels = Array.from({ length: rows }, (_, row) => (row % 4 === 3 ? -1 : (row * 7) % classes));
    const hard = tf.tensor1d(labels, 'int32');
    const soft = tf.softmax(tf.tensor2d(matrix(rows, classes, 2)));
    const softRows = await soft.array();
    for (const smoothing of [0, 0.1]) {
      for (const [given, targets] of [
        [hard, labels.map((label) => oneHot(label, classes))],
        [soft, softRows],
      ] as const) {
        const { losses, gradient } = exact(x, targets, smoothing);
        const logits = tf.tensor2d(x);
        const each = (z: tf.Tensor) => softmaxCrossEntropy(z as tf.Tensor2D, given, { smoothing });
        const mean = (z: tf.Tensor) =>
          softmaxCrossEntropy(z as tf.Tensor2D, given, { smoothing, reduction: 'mean' });
        const counted = targets.filter((target) => target !== null).length;
        const [gotEach, gotSum, gotMean, gotGradient] = withVariant(() => [
          each(logits),
          tf.grad((z) => tf.sum(each(z)))(logits),
          mean(logits),
          tf.grad(mean)(logits),
        ]);
        expect(distance(await numbers(gotEach), losses)).toBeLessThan(3e-6);
        expect(distance(await numbers(gotSum), gradient)).toBeLessThan(1e-6);
        const total = losses.reduce((sum, loss) => sum + loss, 0);
        expect(distance(await numbers(gotMean), [total / counted])).toBeLessThan(1e-6);
        expect(
          distance(
            await numbers(gotGradient),
            gradient.map((value) => value / counted),
          ),
        ).toBeLessThan(1e-6);
      }
    }
  });

  it('keeps NaN and infinity visible, but an unwanted class may have the logit −∞', async () => {
    const logits = tf.tensor2d([
      [0, NaN, 1],
      [Infinity, 0, 1],
      [0, -Infinity, 0],
      [0, -Infinity, 0],
    ]);
    const [broken, masked, possible, impossible] = await numbers(
      withVariant(() => softmaxCrossEntropy(logits, tf.tensor1d([0, -1, 0, 1], 'int32'))),
    );
    expect(Number.isFinite(broken)).toBe(false); // software adapters have exp(NaN) = ∞
    expect(masked).toBe(0);
    expect(possible).toBeCloseTo(Math.log(2), 6);
    expect(impossible).toBe(Infinity);
    expect(
      (await numbers(withVariant(() => softmaxCrossEntropy(logits, tf.tensor1d([0, 0, 0, 0], 'int32')))))[1],
    ).toBeNaN();
    const labels = tf.tensor1d([0, -1, 0, 0], 'int32');
    const [mean] = await numbers(
      withVariant(() => softmaxCrossEntropy(logits, labels, { reduction: 'mean' })),
    );
    expect(Number.isFinite(mean)).toBe(false);
  });

  it('has a mean of NaN and no gradient where no label counts', async () => {
    const logits = tf.tensor2d(matrix(3, 4, 1));
    const labels = tf.tensor1d([-1, 4, -7], 'int32');
    const mean = (z: tf.Tensor) => softmaxCrossEntropy(z as tf.Tensor2D, labels, { reduction: 'mean' });
    expect((await numbers(withVariant(() => mean(logits))))[0]).toBeNaN();
    expect(await numbers(withVariant(() => softmaxCrossEntropy(logits, labels)))).toEqual([0, 0, 0]);
  });

  it('gives the same bits each time', async () => {
    const logits = tf.tensor2d(matrix(64, 10, 3));
    const labels = tf.tensor1d(
      Array.from({ length: 64 }, (_, i) => i % 10),
      'int32',
    );
    const run = () => numbers(withVariant(() => softmaxCrossEntropy(logits, labels, { reduction: 'mean' })));
    expect(await run()).toEqual(await run());
  });
});

it('has the mean of large batches too, over the labels that count', async () => {
  const [rows, classes] = [1030, 17];
  const x = matrix(rows, classes, 4, 3);
  const labels = Array.from({ length: rows }, (_, row) => (row % 3 === 0 ? -1 : row % classes));
  const { losses, gradient } = exact(
    x,
    labels.map((label) => oneHot(label, classes)),
    0,
  );
  const counted = labels.filter((label) => label >= 0).length;
  const mean = (z: tf.Tensor) =>
    softmaxCrossEntropy(z as tf.Tensor2D, tf.tensor1d(labels, 'int32'), { reduction: 'mean' });
  const expected = losses.reduce((sum, loss) => sum + loss, 0) / counted;
  expect(distance(await numbers(mean(tf.tensor2d(x))), [expected])).toBeLessThan(1e-6);
  const got = await numbers(tf.grad(mean)(tf.tensor2d(x)));
  expect(
    distance(
      got,
      gradient.map((value) => value / counted),
    ),
  ).toBeLessThan(1e-6);
  const soft = tf.softmax(tf.tensor2d(matrix(rows, classes, 5)));
  const softLosses = exact(x, await soft.array(), 0).losses;
  const softMean = softmaxCrossEntropy(tf.tensor2d(x), soft, { reduction: 'mean' });
  expect(distance(await numbers(softMean), [softLosses.reduce((a, b) => a + b, 0) / rows])).toBeLessThan(
    1e-6,
  );
});

it('takes one launch forward and one back, the mean of a small batch included', async () => {
  const logits = tf.tensor2d(matrix(64, 10, 1));
  const labels = tf.tensor1d(new Int32Array(64), 'int32');
  const launches = async (run: () => unknown) => (await counting(() => void run())).dispatches;
  for (const given of [labels, tf.softmax<tf.Tensor2D>(logits)]) {
    const each = (z: tf.Tensor) => softmaxCrossEntropy(z as tf.Tensor2D, given);
    const mean = (z: tf.Tensor) => softmaxCrossEntropy(z as tf.Tensor2D, given, { reduction: 'mean' });
    const [dyEach, dyMean] = [tf.ones([64]), tf.scalar(1)];
    tf.grad(mean)(logits, dyMean); // constants of tfjs's own are uploaded
    expect(await launches(() => each(logits))).toBe(1);
    expect(await launches(() => mean(logits))).toBe(1);
    expect(await launches(() => tf.grad(each)(logits, dyEach))).toBe(2);
    expect(await launches(() => tf.grad(mean)(logits, dyMean))).toBe(2);
  }
});

it('refuses what does not go together', () => {
  const logits = tf.zeros<tf.Rank.R2>([2, 3]);
  expect(() => softmaxCrossEntropy(logits, tf.zeros([2, 4]))).toThrow(ShapeError);
  expect(() => softmaxCrossEntropy(logits, tf.zeros([3], 'int32'))).toThrow(ShapeError);
  expect(() => softmaxCrossEntropy(logits, tf.zeros([2, 3], 'int32'))).toThrow(TypeError);
});
