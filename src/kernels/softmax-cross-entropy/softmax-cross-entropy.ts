import * as tf from '@tensorflow/tfjs-core';
import { defineKernel } from '../define-kernel';
import { detach } from '../detach';
import { f32, flatWorkgroups, u32, type Shape, type Variant } from '../kernel';
import { columnsOf, requireEqual, rowParams, rowsOf, shapeText } from '../rows';
import { ShapeError } from '../shape-error';
import subgroup from './cross-entropy-subgroup.wgsl?raw';
import tiled from './cross-entropy-tiled.wgsl?raw';
import portable from './cross-entropy.wgsl?raw';

interface CrossEntropyAttrs {
  /** ε of label smoothing. */
  smoothing: number;
  /** One loss, the mean over the rows that count, instead of one per row. */
  mean: boolean;
}

/** Rows and elements up to which the mean comes out of the same launch; longer ones take a launch of their own. */
const oneLaunch = { rows: 512, elements: 16_384 };
const isOneLaunch = (x: Shape) =>
  rowsOf(x) <= oneLaunch.rows && rowsOf(x) * columnsOf(x) <= oneLaunch.elements;

type Name = 'x' | 'labels' | 'targets' | 'loss' | 'dx';

function variants<In extends Name>(soft: boolean): Variant<In | 'x', CrossEntropyAttrs>[] {
  const constants = () => ({ soft: soft ? 1 : 0 });
  return [
    // One invocation more than there are rows.
    { name: 'portable', wgsl: portable, constants, workgroups: ({ x }) => flatWorkgroups(rowsOf(x) + 1, 64) },
    {
      name: 'subgroup',
      wgsl: subgroup,
      needs: 'subgroups',
      fits: (_, { mean }) => !mean,
      constants,
      workgroups: ({ x }) => flatWorkgroups(rowsOf(x), 16),
    },
    {
      name: 'tiled',
      wgsl: tiled,
      fits: ({ x }, { mean }) => mean && isOneLaunch(x),
      constants,
      workgroups: () => [1, 1, 1],
    },
  ];
}

const params = (x: Shape, { smoothing, mean }: CrossEntropyAttrs) => ({
  ...rowParams(x),
  smoothing: f32(smoothing),
  mean: u32(mean ? 1 : 0),
});

/** log softmax along the rows, in plain tfjs. */
function logSoftmax(x: tf.Tensor): tf.Tensor {
  const shifted = tf.sub(x, tf.max(x, -1, true));
  return tf.sub(shifted, tf.log(tf.sum(tf.exp(shifted), -1, true)));
}

/** loss and dx of target distributions, in plain tfjs; rows of `counted` `[rows]` that are 0 count for nothing. */
function reference(
  x: tf.Tensor,
  targets: tf.Tensor,
  counted: tf.Tensor,
  { smoothing, mean }: CrossEntropyAttrs,
) {
  const classes = columnsOf(x.shape);
  const t = tf.add(tf.mul(targets, 1 - smoothing), smoothing / classes);
  const weight = mean ? tf.div(counted, tf.sum(counted)) : counted;
  // An unwanted class whose logit is −∞ costs nothing, instead of 0 · ∞. Asked of another handle on t: comparing has no
  // gradient.
  const isUnwanted = tf.equal(detach(t), 0);
  const cost = tf.where(isUnwanted, tf.zerosLike(t), tf.mul(t, logSoftmax(x)));
  const losses = tf.mul(weight, tf.neg(tf.sum(cost, -1)));
  const gradient = tf.sub(tf.mul(tf.sum(t, -1, true), tf.softmax(x)), t);
  return { loss: mean ? tf.sum(losses) : losses, dx: tf.mul(tf.expandDims(weight, -1), gradient) };
}

/** Times the gradient that came with the loss: one factor, or one per row. */
const scaled = (dx: tf.Tensor, dloss: tf.Tensor) =>
  tf.mul(dx, dloss.rank === 0 ? dloss : tf.expandDims(dloss, -1));

const sizes = [
  [1, 1],
  [3, 7],
  [5, 129],
  [131, 10],
  [257, 3],
];
const settings = [0, 0.1].flatMap((smoothing) => [false, true].map((mean) => ({ smoothing, mean })));

const labelledCrossEntropy = defineKernel<'x' | 'labels', 'loss' | 'dx', CrossEntropyAttrs>({
  name: 'LabSoftmaxCrossEntropy',
  variants: variants<'x' | 'labels' | 'loss' | 'dx'>(false),
  inputs: ['x', 'labels'],
  outputs: ['loss', 'dx'],
  integers: ['labels'],
  shape({ x, labels }, { mean }) {
    if (x.length !== 2 || labels.length !== 1 || x[0] !== labels[0]) {
      throw new ShapeError(
        `softmaxCrossEntropy needs logits [batch, classes] and labels [batch], got ${shapeText(x)} and ${shapeText(labels)}`,
      );
    }
    return { loss: mean ? [] : labels, dx: x };
  },
  params: ({ x }, attrs) => params(x, attrs),
  gradient: {
    saves: ['dx'],
    auxiliary: ['dx'],
    backward: ({ loss: dloss }, { dx }) => ({ x: () => scaled(dx, dloss) }),
  },
  reference({ x, labels }, attrs) {
    const isClass = tf.logicalAnd(tf.greaterEqual(labels, 0), tf.less(labels, columnsOf(x.shape)));
    // `tf.oneHot` refuses a single class.
    const targets = tf.equal(tf.expandDims(labels, -1), tf.range(0, columnsOf(x.shape), 1, 'int32'));
    return reference(x, tf.cast(targets, 'float32'), tf.cast(isClass, 'float32'), attrs);
  },
  cases: sizes.flatMap((x) =>
    settings.map((attrs) => ({
      shapes: { x, labels: x.slice(0, 1) },
      attrs,
      below: columnsOf(x) + (rowsOf(x) > 3 ? 1 : 0), // some labels name no class
    })),
  ),
  tolerance: { value: 1e-5, grad: 1e-5 },
});

const softCrossEntropy = defineKernel<'x' | 'targets', 'loss' | 'dx', CrossEntropyAttrs>({
  name: 'LabSoftTargetCrossEntropy',
  variants: variants<'x' | 'targets' | 'loss' | 'dx'>(true),
  inputs: ['x', 'targets'],
  outputs: ['loss', 'dx'],
  shape({ x, targets }, { mean }) {
    if (x.length !== 2)
      throw new ShapeError(`softmaxCrossEntropy needs logits [batch, classes], got ${shapeText(x)}`);
    requireEqual('softmaxCrossEntropy', 'labels', targets, 'logits', x);
    return { loss: mean ? [] : x.slice(0, 1), dx: x };
  },
  params: ({ x }, attrs) => params(x, attrs),
  gradient: {
    saves: ['x', 'dx'],
    auxiliary: ['dx'],
    backward: ({ loss: dloss }, { x, dx }, { smoothing, mean }) => ({
      x: () => scaled(dx, dloss),
      targets: () => scaled(tf.mul(logSoftmax(x), (smoothing - 1) / (mean ? rowsOf(x.shape) : 1)), dloss),
    }),
  },
  reference: ({ x, targets }, attrs) => reference(x, targets, tf.ones([rowsOf(x.shape)]), attrs),
  cases: sizes.flatMap((x) => settings.map((attrs) => ({ shapes: { x, targets: x }, attrs }))),
  tolerance: { value: 1e-5, grad: 1e-5 },
});

/** How the losses of a batch are given. */
export type Reduction = 'none' | 'mean';

export interface CrossEntropyOptions {
  /** ε of label smoothing, in [0, 1]: the target becomes (1 − ε) t + ε / classes, as in PyTorch. */
  smoothing?: number;
}

/**
 * Cross-entropy between targets t and softmax(logits), in nats: loss = Σ_c t_c (log Σ exp(logits) − logits_c). For a
 * label t is one-hot, so the loss is −log softmax(logits)[label]. A label outside [0, classes), such as −1 for a masked
 * token, counts for nothing: loss 0, no gradient, and left out of the mean (which is NaN where no label counts). The
 * gradient comes out of the forward launch. Differentiable once, in the logits and in soft labels.
 * @param logits `[batch, classes]`
 * @param labels int32 `[batch]`, or float32 `[batch, classes]`: a distribution per example, as from mixup
 * @param options.smoothing ε of label smoothing, in [0, 1]: the target becomes (1 − ε) t + ε / classes, as in PyTorch
 * @param options.reduction `none` (the default) gives one loss per example, `[batch]`; `mean` gives their mean, a scalar,
 *   for small batches in the same launch
 * @throws ShapeError unless logits are a matrix with one label, or one distribution, per row.
 */
export function softmaxCrossEntropy(
  logits: tf.Tensor2D,
  labels: tf.Tensor,
  options: CrossEntropyOptions & { reduction: 'mean' },
): tf.Scalar;
export function softmaxCrossEntropy(
  logits: tf.Tensor2D,
  labels: tf.Tensor,
  options?: CrossEntropyOptions & { reduction?: 'none' },
): tf.Tensor1D;
export function softmaxCrossEntropy(
  logits: tf.Tensor2D,
  labels: tf.Tensor,
  { smoothing = 0, reduction = 'none' }: CrossEntropyOptions & { reduction?: Reduction } = {},
): tf.Tensor {
  const isSoft = labels.rank === 2;
  const run = (mean: boolean) =>
    isSoft
      ? softCrossEntropy({ x: logits, targets: labels }, { smoothing, mean }).loss
      : labelledCrossEntropy({ x: logits, labels }, { smoothing, mean }).loss;
  if (reduction === 'none') return run(false);
  if (isOneLaunch(logits.shape)) return run(true);
  const losses = run(false);
  if (isSoft) return tf.mean(losses);
  const isClass = tf.logicalAnd(tf.greaterEqual(labels, 0), tf.less(labels, logits.shape[1]));
  return tf.div(tf.sum(losses), tf.sum(tf.cast(isClass, 'float32')));
}
