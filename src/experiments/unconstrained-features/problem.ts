import * as tf from '@tensorflow/tfjs-core';
import { capture } from '../../engine/capture';
import { softmaxCrossEntropy } from '../../kernels/softmax-cross-entropy/softmax-cross-entropy';
import type { Rng } from '../../math/rng';
import { sum } from '../../math/sum';
import { createGroupedSgd, type GroupedSgd } from '../../nn/grouped-sgd';
import { parametersWhere } from '../../nn/parameter-groups';
import { Parameters, zeros, type Initializer } from '../../nn/parameters';
import { sizesOf } from './check';
import type { UnconstrainedSpec } from './knobs';

const FEATURES = 'features';

/** λ's as they stand before ½ ‖·‖² in the objective: the balanced squared error divides them as it does the error. */
function penaltiesOf({ objective, classes, perClass, classifierDecay, featureDecay }: UnconstrainedSpec) {
  return objective === 'mse'
    ? { onLayers: classifierDecay / classes, onFeatures: featureDecay / (classes * perClass) }
    : { onLayers: classifierDecay, onFeatures: featureDecay };
}

/** Linear layers of a setting. */
export const depthOf = ({ objective, layers }: UnconstrainedSpec): number =>
  objective === 'imbalanced' ? layers : 1;

/**
 * σ² of each layer where a class of n samples fits its label exactly: λ_W σ² = λ_H n |h|² is balanced and σ^M |h| = 1, so
 * σ² = (n λ_H / λ_W)^{1/(M+1)}.
 */
export function layerScale(spec: UnconstrainedSpec, size: number): number {
  const { onLayers, onFeatures } = penaltiesOf(spec);
  return ((size * onFeatures) / onLayers) ** (1 / (depthOf(spec) + 1));
}

/** An unconstrained-features problem on the device: features and layers are all parameters. */
export interface UnconstrainedProblem {
  /** `features` H as rows `[samples, dimension]`, `layer1.weight` … W_jᵀ `[dimension, dimension]`, the last `[dimension, classes]`, `bias`. */
  parameters: Parameters;
  optimizer: GroupedSgd;
  /** Class of each sample. */
  labels: readonly number[];
  /** The objective and its gradient, a scalar. */
  objective: () => tf.Scalar;
  dispose(): void;
}

/** Builds the problem of a setting, at its start. */
export function createProblem(spec: UnconstrainedSpec, rng: Rng): UnconstrainedProblem {
  const { objective, dimension, biasDecay, start, momentum } = spec;
  const sizes = sizesOf(spec);
  const classes = sizes.length;
  const samples = sum(sizes);
  const labels = sizes.flatMap((size, c) => Array<number>(size).fill(c));
  const parameters = new Parameters(rng.fork('init'));
  const normal =
    (deviation: number): Initializer =>
    (values, _, stream) => {
      for (let i = 0; i < values.length; i++) values[i] = deviation * stream.normal();
    };
  const features = parameters.create(FEATURES, [samples, dimension], normal(start));
  const depth = depthOf(spec);
  const layers = Array.from({ length: depth }, (_, j) =>
    parameters.create(
      `layer${j + 1}.weight`,
      [dimension, j === depth - 1 ? classes : dimension],
      normal(start / Math.sqrt(dimension)),
    ),
  );
  const bias = objective === 'ce' ? parameters.create('bias', [classes], zeros) : null;
  const { onLayers, onFeatures } = penaltiesOf(spec);
  // Rates by which the objective's curvature at the optimum, σ^{2M} / N for features and n / (σ² N) for layers, becomes 1.
  const largest = Math.max(...sizes);
  const scale = layerScale(spec, largest);
  const optimizer = createGroupedSgd(
    [
      {
        parameters: parametersWhere(parameters, (name) => name === FEATURES),
        weightDecay: 0,
        rateFactor: samples / scale ** depth,
      },
      {
        parameters: parametersWhere(parameters, (name) => name !== FEATURES),
        weightDecay: 0,
        rateFactor: (samples * scale) / largest,
      },
    ],
    { momentum },
  );
  const targets = tf.tensor1d(labels, 'int32');
  const wanted = tf.tidy(() =>
    tf.cast(tf.equal(tf.expandDims(targets, 1), tf.range(0, classes, 1, 'int32')), 'float32'),
  );
  const halfSquare = (x: tf.Tensor, decay: number) => tf.mul<tf.Scalar>(tf.sum(tf.square(x)), decay / 2);

  return {
    parameters,
    optimizer,
    labels,
    objective() {
      const product = layers.reduce<tf.Tensor2D>(
        (h, weight) => tf.matMul<tf.Tensor2D>(h, weight),
        features as tf.Tensor as tf.Tensor2D,
      );
      const logits = bias ? tf.add<tf.Tensor2D>(product, bias) : product;
      const fit = bias
        ? softmaxCrossEntropy(logits, targets, { reduction: 'mean' })
        : halfSquare(tf.sub(logits, wanted), 1 / samples);
      const penalties = [
        halfSquare(features, onFeatures),
        ...layers.map((weight) => halfSquare(weight, onLayers)),
        ...(bias ? [halfSquare(bias, biasDecay)] : []),
      ];
      return penalties.reduce<tf.Scalar>((total, penalty) => tf.add(total, penalty), fit);
    },
    dispose() {
      optimizer.dispose();
      parameters.dispose();
      tf.dispose([targets, wanted]);
    },
  };
}

/** One step of descent on all of it, captured. */
export function captureDescent({ parameters, optimizer, objective }: UnconstrainedProblem) {
  return capture({
    inputs: { settings: { dtype: 'float32', shape: [optimizer.settingsLength] } },
    outputs: ['objective', 'gradientNorm', 'nonFinite'],
    step({ settings }) {
      const { value, grads } = tf.variableGrads(objective, parameters.list());
      return { objective: value, ...optimizer.applyWith(parameters.byName(grads), settings) };
    },
  });
}
