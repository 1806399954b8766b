import { Matrix } from 'ml-matrix';
import { sum } from '../../math/sum';
import { simplexFrame } from '../../methods/collapse/simplex-geometry';
import { crossEntropyOptimum } from '../../methods/collapse/unconstrained/cross-entropy-optimum';
import {
  collapseThreshold,
  imbalancedOptimum,
} from '../../methods/collapse/unconstrained/imbalanced-optimum';
import { squaredLossOptimum } from '../../methods/collapse/unconstrained/squared-loss-optimum';
import { sizesOf } from './check';
import type { UnconstrainedSpec } from './knobs';

/** Where the closed form says that the minimum lies, up to a rotation of all features and rows together. */
export interface Prediction {
  /** w_c · w_c' of the product of all layers `[classes, classes]`. */
  classifier: Matrix;
  /** h_c · h_c', the same for all samples of a class `[classes, classes]`. */
  features: Matrix;
  /** W h_c as rows, without bias `[classes, classes]`. */
  logits: Matrix;
  /** Minimum of the objective. */
  value: number;
  /** Classes of so few samples collapse to 0; null where all classes fare alike. */
  threshold: number | null;
}

/** The closed form of a setting's problem. */
export function predict(spec: UnconstrainedSpec): Prediction {
  const { objective, classes, perClass, classifierDecay, featureDecay } = spec;
  if (objective === 'imbalanced') return predictImbalanced(spec);
  if (objective === 'mse') {
    const optimum = squaredLossOptimum({ classifierDecay, featureDecay });
    const times = (square: number) => Matrix.eye(classes).mul(square);
    return {
      classifier: times(optimum.classifierSquare),
      features: times(optimum.featureSquare),
      logits: times(optimum.logit),
      value: optimum.value,
      threshold: null,
    };
  }
  const optimum = crossEntropyOptimum({ classes, perClass, classifierDecay, featureDecay });
  const frame = simplexFrame(classes);
  const gram = frame.mmul(frame.transpose());
  const times = (square: number) => Matrix.mul(gram, square);
  return {
    classifier: times(optimum.classifierSquare),
    features: times(optimum.featureSquare),
    logits: times(optimum.featureScale * optimum.classifierSquare),
    value: optimum.value,
    threshold: null,
  };
}

function predictImbalanced(spec: UnconstrainedSpec): Prediction {
  const { classifierDecay, featureDecay, layers } = spec;
  const sizes = sizesOf(spec);
  const samples = sum(sizes);
  const problem = { sizes, layerDecays: Array<number>(layers).fill(classifierDecay), featureDecay };
  const optima = imbalancedOptimum(problem);
  const diagonal = (values: readonly number[]) => Matrix.diag([...values]);
  const cost = optima.map(({ logit, layerSquares, featureSquare }, k) => {
    const size = sizes[k] ?? NaN;
    const fit = (size * (1 - logit) ** 2) / (2 * samples);
    return fit + (classifierDecay / 2) * sum(layerSquares) + (featureDecay / 2) * size * featureSquare;
  });
  return {
    classifier: diagonal(optima.map(({ productSquare }) => productSquare)),
    features: diagonal(optima.map(({ featureSquare }) => featureSquare)),
    logits: diagonal(optima.map(({ logit }) => logit)),
    value: sum(cost),
    threshold: collapseThreshold(problem),
  };
}

/** How far numbers are from the closed form, each relative to the closed form's own length. */
export interface Gap {
  classifier: number;
  features: number;
  logits: number;
  /** The largest of these. */
  largest: number;
}

/**
 * Compares a solution with the closed form by inner products, which no rotation changes: ‖G − G*‖_F / ‖G*‖_F for the rows of
 * the classifier, for all pairs of samples, and for the logits. Where the closed form is 0 the distance itself.
 * @param classifier product of all layers, w_c as rows `[classes, dimension]`
 * @param features `[samples, dimension]`
 * @param labels class of each sample
 */
export function gapTo(
  prediction: Prediction,
  classifier: Matrix,
  features: Matrix,
  labels: readonly number[],
): Gap {
  const classes = classifier.rows;
  const rows = Array.from({ length: classes }, (_, c) => c);
  const between = {
    classifier: relative(classifier.mmul(classifier.transpose()), prediction.classifier, rows, rows),
    features: relative(features.mmul(features.transpose()), prediction.features, labels, labels),
    logits: relative(features.mmul(classifier.transpose()), prediction.logits, labels, rows),
  };
  return { ...between, largest: Math.max(...Object.values(between)) };
}

/** Distance from what the classes of rows and columns say. */
function relative(
  found: Matrix,
  predicted: Matrix,
  rowClasses: readonly number[],
  columnClasses: readonly number[],
): number {
  let [distance, length] = [0, 0];
  for (const [i, a] of rowClasses.entries())
    for (const [j, b] of columnClasses.entries()) {
      const wanted = predicted.get(a, b);
      distance += (found.get(i, j) - wanted) ** 2;
      length += wanted ** 2;
    }
  return Math.sqrt(length > 0 ? distance / length : distance);
}
