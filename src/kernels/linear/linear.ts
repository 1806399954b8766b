import * as tf from '@tensorflow/tfjs-core';
import { defineKernel } from '../define-kernel';
import type { Shape } from '../kernel';
import { geluReference, geluSlopeReference } from '../gelu/gelu';
import type { ColumnBinding, ProductSpec } from '../matmul/product-module';
import { productParams, productVariants } from '../matmul/product-variants';
import { columnsOf, requireEqual, rowsOf, shapeText } from '../rows';
import { ShapeError } from '../shape-error';
import { weightGradient } from '../weight-gradient/weight-gradient';

export type Activation = 'relu' | 'gelu';

export interface LinearOptions {
  activation?: Activation;
  /** Added after the activation; of the output's shape. */
  residual?: tf.Tensor;
}

interface ActivatedAttrs {
  activation: Activation;
}

type Factor = 'x' | 'weight' | 'bias';

const noAttrs = {};

const read = (name: string): ColumnBinding => ({ name, access: 'read' });
const written = (name: string): ColumnBinding => ({ name, access: 'read_write' });

const plain = (residual: boolean): ProductSpec => ({
  about: `y = x W + b${residual ? ' + residual' : ''}: y[row, column] = Σₖ x[row, k] W[k, column] + b[column]${residual ? ' + residual[row, column]' : ''}.
A = x [m, k] · B = W [k, n] · bias [n]${residual ? ' · residual [m, n]' : ''} · y [m, n]`,
  columns: [read('bias'), ...(residual ? [read('residual')] : []), written('y')],
  put: `  let at = row * p.n + column;
  write_y(at, left, sum + read_bias(column, left)${residual ? ' + read_residual(at, left)' : ''});`,
});

const activated = (residual: boolean): ProductSpec => ({
  about: `y = act(s)${residual ? ' + residual' : ''}, s = x W + b, and slope = act′(s) for the gradient; act(s) is max(0, s) or s Φ(s), Φ the normal distribution function.
A = x [m, k] · B = W [k, n] · bias [n]${residual ? ' · residual [m, n]' : ''} · y, slope [m, n]`,
  columns: [read('bias'), ...(residual ? [read('residual')] : []), written('y'), written('slope')],
  declarations: 'override gelu: bool = true; // else relu',
  put: `  let at = row * p.n + column;
  let s = sum + read_bias(column, left);
  // Comparing keeps NaN, which max() need not.
  var value = select(s, vec4<f32>(), s < vec4<f32>());
  var slope = select(vec4(1.0), vec4<f32>(), s <= vec4<f32>());
  if (gelu) {
    // erf(s / √2) by Abramowitz and Stegun 7.1.26, |error| ≤ 1.5e-7; its exponential serves the density as well.
    let e = exp(-0.5 * s * s);
    let t = 1.0 / (1.0 + 0.3275911 * 0.7071067811865476 * abs(s));
    let series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
    let cdf = 0.5 * (1.0 + sign(s) * (1.0 - series * e));
    value = s * cdf;
    slope = cdf + s * 0.3989422804014327 * e;
  }
  write_y(at, left, value${residual ? ' + read_residual(at, left)' : ''});
  write_slope(at, left, slope);`,
});

const extents = ({ x, weight }: Record<'x' | 'weight', Shape>) => ({
  ...{ m: rowsOf(x), k: columnsOf(x), n: columnsOf(weight), batch: 1 },
  ...{ transposeA: false, transposeB: false },
});

const params = (shapes: Record<Factor, Shape>) => productParams(extents(shapes), { a: true, b: true });

const layouts = ['nn', 'any'] as const;

/** Shape of y. */
function outputShape({ x, weight, bias }: Record<Factor, Shape>): Shape {
  const [inputs, outputs] = weight;
  const isFit =
    x.length > 0 &&
    weight.length === 2 &&
    columnsOf(x) === inputs &&
    bias.length === 1 &&
    bias[0] === outputs;
  if (!isFit) {
    throw new ShapeError(
      `linear needs x […, inputs], weight [inputs, outputs] and bias [outputs], got ${[x, weight, bias].map(shapeText).join(', ')}`,
    );
  }
  return [...x.slice(0, -1), bias[0] ?? 0];
}

function residualShape(shapes: Record<Factor | 'residual', Shape>): Shape {
  const y = outputShape(shapes);
  requireEqual('linear', 'residual', shapes.residual, 'the output', y);
  return y;
}

/** x W + b in plain tfjs. */
function weighted({ x, weight, bias }: Record<Factor, tf.Tensor>): tf.Tensor {
  const rows = tf.reshape<tf.Rank.R2>(x, [-1, columnsOf(x.shape)]);
  return tf.reshape(tf.add(tf.matMul(rows, weight), bias), [
    ...x.shape.slice(0, -1),
    columnsOf(weight.shape),
  ]);
}

function activate(s: tf.Tensor, activation: Activation): Record<'value' | 'slope', tf.Tensor> {
  return activation === 'gelu'
    ? { value: geluReference(s), slope: geluSlopeReference(s) }
    : { value: tf.relu(s), slope: tf.step(s) };
}

/** Gradients of s = x W + b. */
function backward(ds: tf.Tensor, { x, weight }: Record<'x' | 'weight', tf.Tensor>) {
  // Made here rather than in a thunk: tfjs frees what a thunk makes and does not return, and two thunks share it.
  const { dw, db } = weightGradient(x, ds);
  return {
    x: () => {
      const rows = tf.reshape<tf.Rank.R2>(ds, [-1, columnsOf(ds.shape)]);
      return tf.reshape(tf.matMul(rows, weight, false, true), x.shape);
    },
    weight: () => dw,
    bias: () => db,
  };
}

const sizes: { x: Shape; outputs: number }[] = [
  { x: [1, 1], outputs: 1 },
  { x: [3, 7], outputs: 5 },
  { x: [2, 5, 8], outputs: 12 },
  { x: [67, 36], outputs: 68 },
  { x: [4, 5, 13], outputs: 20 },
  { x: [17, 20], outputs: 17 },
  { x: [131, 3], outputs: 65 },
];

/** Cases for the kernel without and with a residual; the attributes take turns. */
function casesOf<Attrs extends object>(first: Attrs, second: Attrs) {
  const without = sizes.map(({ x, outputs }, i) => ({
    shapes: { x, weight: [columnsOf(x), outputs], bias: [outputs] },
    attrs: i % 2 === 0 ? first : second,
  }));
  const withResidual = without.map(({ shapes, attrs }) => ({
    shapes: { ...shapes, residual: [...shapes.x.slice(0, -1), ...shapes.bias] },
    attrs,
  }));
  return { without, withResidual };
}

const plainCases = casesOf(noAttrs, noAttrs);
const activatedCases = casesOf<ActivatedAttrs>({ activation: 'gelu' }, { activation: 'relu' });
const constants = ({ activation }: ActivatedAttrs) => ({ gelu: activation === 'gelu' ? 1 : 0 });
const tolerance = { value: 1e-5, grad: 2e-5 };

const linearPlain = defineKernel<Factor, 'y', object>({
  name: 'LabLinear',
  variants: productVariants(plain(false), layouts, extents),
  inputs: ['x', 'weight', 'bias'],
  outputs: ['y'],
  shape: (shapes) => ({ y: outputShape(shapes) }),
  params,
  gradient: {
    saves: ['x', 'weight'],
    backward: ({ y: dy }, saved) => backward(dy, saved),
  },
  reference: (inputs) => ({ y: weighted(inputs) }),
  cases: plainCases.without,
  tolerance,
});

const linearResidual = defineKernel<Factor | 'residual', 'y', object>({
  name: 'LabLinearResidual',
  variants: productVariants(plain(true), layouts, extents),
  inputs: ['x', 'weight', 'bias', 'residual'],
  outputs: ['y'],
  shape: (shapes) => ({ y: residualShape(shapes) }),
  params,
  gradient: {
    saves: ['x', 'weight'],
    // The residual's gradient is dy: the same data under another tensor, because tfjs may free what a thunk returns.
    backward: ({ y: dy }, saved) => ({ ...backward(dy, saved), residual: () => tf.clone(dy) }),
  },
  reference: ({ residual, ...factors }) => ({ y: tf.add(weighted(factors), residual) }),
  cases: plainCases.withResidual,
  tolerance,
});

const linearActivated = defineKernel<Factor, 'y' | 'slope', ActivatedAttrs>({
  name: 'LabLinearActivated',
  variants: productVariants(activated(false), layouts, extents, constants),
  inputs: ['x', 'weight', 'bias'],
  outputs: ['y', 'slope'],
  shape(shapes) {
    const y = outputShape(shapes);
    return { y, slope: y };
  },
  params,
  gradient: {
    saves: ['x', 'weight', 'slope'],
    auxiliary: ['slope'],
    backward: ({ y: dy }, { slope, ...saved }) => backward(tf.mul(dy, slope), saved),
  },
  reference(inputs, { activation }) {
    const { value, slope } = activate(weighted(inputs), activation);
    return { y: value, slope };
  },
  cases: activatedCases.without,
  tolerance,
});

const linearActivatedResidual = defineKernel<Factor | 'residual', 'y' | 'slope', ActivatedAttrs>({
  name: 'LabLinearActivatedResidual',
  variants: productVariants(activated(true), layouts, extents, constants),
  inputs: ['x', 'weight', 'bias', 'residual'],
  outputs: ['y', 'slope'],
  shape(shapes) {
    const y = residualShape(shapes);
    return { y, slope: y };
  },
  params,
  gradient: {
    saves: ['x', 'weight', 'slope'],
    auxiliary: ['slope'],
    backward: ({ y: dy }, { slope, ...saved }) => ({
      ...backward(tf.mul(dy, slope), saved),
      residual: () => tf.clone(dy),
    }),
  },
  reference({ residual, ...factors }, { activation }) {
    const { value, slope } = activate(weighted(factors), activation);
    return { y: tf.add(value, residual), slope };
  },
  cases: activatedCases.withResidual,
  tolerance,
});

/**
 * Linear layer y = act(x W + b) + residual in one launch, act being nothing, max(0, ·) or the exact GELU. Differentiable
 * once: dx takes one launch, dW and db two together, an activation one more; the residual's gradient takes none.
 * @param x `[…, inputs]`, for instance `[batch, tokens, width]`
 * @param weight `[inputs, outputs]`
 * @param bias `[outputs]`
 * @returns `[…, outputs]`
 * @throws ShapeError when these do not go together or the residual has another shape than the output.
 */
export function linear(
  x: tf.Tensor,
  weight: tf.Tensor,
  bias: tf.Tensor,
  { activation, residual }: LinearOptions = {},
): tf.Tensor {
  const factors = { x, weight, bias };
  if (activation) {
    return residual
      ? linearActivatedResidual({ ...factors, residual }, { activation }).y
      : linearActivated(factors, { activation }).y;
  }
  return residual ? linearResidual({ ...factors, residual }, noAttrs).y : linearPlain(factors, noAttrs).y;
}
