import { Matrix } from 'ml-matrix';
import { sum } from '../../math/sum';
import { classDirections } from '../../methods/collapse/class-projection';
import { centreClasses, meansOf, scatterOf } from '../../methods/collapse/class-statistics';
import { classifierMeasures, featureMeasures } from '../../methods/collapse/collapse-measures';
import type { NamedArray } from '../../data/safetensors';
import { DivergedError } from '../../run/diverged-error';
import { defineRun } from '../../run/experiment';
import type { NumberArray } from '../../run/snapshot';
import { digestOf } from '../../spec/digest';
import { runTraining } from '../../training/training-loop';
import card from './card';
import { sizesOf } from './check';
import { GEOMETRY, type GeometryArrays } from './geometry-snapshot';
import { gapTo, predict, type Prediction } from './prediction';
import { captureDescent, createProblem, depthOf, layerScale } from './problem';

/** Samples of each class that are pictured. */
const POINTS = 30;
/** Rows shorter than this share of what would fit their label exactly count as collapsed. */
const COLLAPSED = 0.01;

/** Descends on an unconstrained-features problem and compares where it stands with the closed form of the minimum. */
export default defineRun(card, async function* (spec, context) {
  const sizes = sizesOf(spec);
  const prediction = predict(spec);
  /** |w_k| of the product of all layers that would fit the labels exactly. */
  const fitting = sizes.map((size) => layerScale(spec, size) ** (depthOf(spec) / 2));
  const problem = createProblem(spec, context.rng);
  const step = captureDescent(problem);
  const { parameters, optimizer, labels } = problem;
  const samples = labels.length;
  const flops = parameters.count - samples * spec.dimension;

  try {
    return yield* runTraining(
      {
        step,
        state: { parameters, optimizer },
        totalSteps: spec.duration,
        evalEvery: spec.evalEvery,
        evaluatesFirst: true,
        evaluatesAt: (at) => Number.isInteger(Math.log2(at)) && (spec.evalEvery === 0 || at < spec.evalEvery),
        inputsAt: () => ({ settings: optimizer.settingsAt(spec.learningRate) }),
        scalarsOf(at, { objective, gradientNorm, nonFinite }) {
          if (nonFinite > 0)
            throw new DivergedError(`The gradient of ${optimizer.parameterName(nonFinite)}`, at);
          if (!Number.isFinite(objective)) throw new DivergedError('The objective', at);
          return { objective, predictedObjective: prediction.value, gradientNorm };
        },
        async *evaluate(at) {
          const arrays = await parameters.toArrays();
          const features = matrixOf(arrays.get('features'));
          const layers = [...arrays]
            .filter(([name]) => name.endsWith('.weight'))
            .map(([, array]) => matrixOf(array));
          const classifier = layers.reduce((product, layer) => product.mmul(layer)).transpose();
          const bias = arrays.get('bias')?.values ?? new Float32Array(sizes.length);
          const gap = gapTo(prediction, classifier, features, labels);
          const { means, counts } = meansOf(features, labels, sizes.length);
          const centred = centreClasses(means, counts, 'classes');
          const measured = featureMeasures(centred, scatterOf(features, labels, centred));
          const dual = classifierMeasures(centred, classifier, Array.from(bias));
          yield {
            kind: 'snapshot',
            snapshot: {
              name: GEOMETRY,
              step: at,
              arrays: geometry(prediction, classifier, features, means, labels),
            },
          };
          return {
            gap: gap.largest,
            classifierGap: gap.classifier,
            featureGap: gap.features,
            logitGap: gap.logits,
            collapsedClasses: collapsed(lengthsOf(classifier), fitting),
            predictedCollapsed: collapsed(roots(prediction.classifier), fitting),
            ...finite('nc1', measured.nc1),
            ...finite('traceQuotient', measured.traceQuotient),
            ...finite('equinormMeans', measured.means.equinorm),
            ...finite('maximalAngleMeans', measured.means.maximalAngle),
            ...finite('maximalAngleClassifier', dual.classifier.maximalAngle),
            ...finite('nc3', dual.selfDuality),
            ...members('classLength', lengthsOf(classifier)),
            ...members('predictedClassLength', roots(prediction.classifier)),
            ...members('featureLength', lengthsOf(means)),
            ...members('predictedFeatureLength', roots(prediction.features)),
          };
        },
        facts: () => ({
          totalSteps: spec.duration,
          batchSize: samples,
          epochExamples: samples,
          parameters: parameters.count,
          flopsPerImage: flops,
          flopsPerStep: 3 * samples * flops,
          dataDigest: digestOf({ sizes }),
          initDigest: parameters.initDigest,
          details: {
            'Samples of each class': sizes.join(', '),
            'Predicted minimum': prediction.value.toPrecision(7),
            'Predicted |w_k|': roots(prediction.classifier).map(short).join(', '),
            'Predicted |h_k|': roots(prediction.features).map(short).join(', '),
            'Predicted logit of the own class': prediction.logits.diagonal().map(short).join(', '),
            ...(prediction.threshold !== null && {
              'Predicted collapse': `classes of ${short(prediction.threshold)} samples or fewer`,
            }),
            Samples: `${sum(sizes)}`,
          },
        }),
      },
      context,
    );
  } finally {
    step.dispose();
    problem.dispose();
  }
});

function geometry(
  prediction: Prediction,
  classifier: Matrix,
  features: Matrix,
  means: Matrix,
  labels: readonly number[],
): Record<keyof GeometryArrays, NumberArray> {
  const pictured = means
    .to2DArray()
    .flatMap((_, c) => labels.flatMap((label, i) => (label === c ? [i] : [])).slice(0, POINTS));
  const directions = classDirections(classifier);
  const placed = (vectors: Matrix) => arrayOf(vectors.mmul(directions));
  return {
    labels: { shape: [pictured.length], values: Uint8Array.from(pictured, (i) => labels[i] ?? 0) },
    points: placed(features.subMatrixRow(pictured)),
    means: placed(means),
    classifier: placed(classifier),
    classifierGram: arrayOf(classifier.mmul(classifier.transpose())),
    predictedClassifierGram: arrayOf(prediction.classifier),
    featureGram: arrayOf(means.mmul(means.transpose())),
    predictedFeatureGram: arrayOf(prediction.features),
  };
}

function matrixOf(array: NamedArray | undefined): Matrix {
  const [rows = 0, columns = 0] = array?.shape ?? [];
  return Matrix.from1DArray(rows, columns, Array.from(array?.values ?? [], Number));
}

const arrayOf = (matrix: Matrix): NumberArray => ({
  shape: [matrix.rows, matrix.columns],
  values: Float32Array.from(matrix.to1DArray()),
});

const lengthsOf = (vectors: Matrix): number[] =>
  Array.from({ length: vectors.rows }, (_, c) => vectors.getRowVector(c).norm());

/** Lengths of vectors with these inner products. */
const roots = (gram: Matrix): number[] => gram.diagonal().map(Math.sqrt);

const collapsed = (lengths: readonly number[], fitting: readonly number[]): number =>
  lengths.filter((length, k) => length <= COLLAPSED * (fitting[k] ?? NaN)).length;

const short = (value: number): string => value.toPrecision(4);

const finite = <M extends string>(metric: M, value: number): Partial<Record<M, number>> =>
  Number.isFinite(value) ? ({ [metric]: value } as Record<M, number>) : {};

const members = <F extends string>(family: F, values: readonly number[]): Record<`${F}.${string}`, number> =>
  Object.fromEntries(values.map((value, c) => [`${family}.${c + 1}`, value])) as Record<
    `${F}.${string}`,
    number
  >;
