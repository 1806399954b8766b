import * as tf from '@tensorflow/tfjs-core';
import { Matrix } from 'ml-matrix';
import type { Split } from '../../data/data-source';
import { mean } from '../../math/interval';
import { classDirections } from '../../methods/collapse/class-projection';
import type { FeatureMeasures } from '../../methods/collapse/collapse-measures';
import { kappaOfMargin, mixupCurve } from '../../methods/collapse/mixup-curve';
import { cosines } from '../../methods/collapse/simplex-geometry';
import type { DeviceBatches } from '../../nn/device-batches';
import type { LayerOutputs, LayerStatistics } from '../../training/measure-collapse';
import type { NumberArray } from '../../run/snapshot';
import { firstOfEach } from './class-subset';
import type { GeometryArrays, MixedArrays, PicturedArrays } from './geometry-snapshot';

/** Training images of each class whose features are pictured. */
const POINTS = 20;
/** Mixed images of each pair of classes. */
const MIXTURES = 10;
/** Points of the closed form's curve. */
const CURVE_POINTS = 41;
/** Features up to which they are pictured as they are besides. */
const PLAIN_FEATURES = 3;

/** An image mixed from two. */
interface Mixture {
  /** Places in the training split. */
  first: number;
  second: number;
  classes: readonly [number, number];
  share: number;
}

/** The last linear layer, with w_c as rows `[classes, width]`. */
export interface Classifier {
  weight: Matrix;
}

/** Chooses the images that are pictured all along, and pictures their features. */
export class GeometryPicture {
  readonly #points: number[];
  readonly #mixtures: Mixture[];

  constructor(
    private readonly train: Split,
    private readonly batches: DeviceBatches,
    private readonly classes: number,
  ) {
    this.#points = firstOfEach(train, classes, POINTS);
    this.#mixtures = mixturesOf(train, classes);
  }

  pictured(sizes: readonly number[]): Readonly<Record<keyof PicturedArrays, NumberArray>> {
    const mixed = this.#mixtures.length;
    return {
      labels: {
        shape: [this.#points.length],
        values: Uint8Array.from(this.#points, (at) => this.train.labels[at] ?? 0),
      },
      sizes: { shape: [this.classes], values: Int32Array.from(sizes) },
      pairs: {
        shape: [mixed, 2],
        values: Uint8Array.from(this.#mixtures.flatMap(({ classes }) => [...classes])),
      },
      shares: { shape: [mixed], values: Float32Array.from(this.#mixtures, ({ share }) => share) },
    };
  }

  /** Features and logits of the pictured images. */
  async read(outputsOf: (images: tf.Tensor4D) => LayerOutputs): Promise<Outputs> {
    return outputsHere(() => outputsOf(this.batches.images(indices(this.#points)).images));
  }

  /** Features and logits of the mixed images. */
  async readMixed(outputsOf: (images: tf.Tensor4D) => LayerOutputs): Promise<Outputs> {
    const mixtures = this.#mixtures;
    return outputsHere(() => {
      const { images: first } = this.batches.images(indices(mixtures.map((mixture) => mixture.first)));
      const { images: second } = this.batches.images(indices(mixtures.map((mixture) => mixture.second)));
      const share = tf.tensor4d(
        mixtures.map((mixture) => mixture.share),
        [mixtures.length, 1, 1, 1],
      );
      return outputsOf(tf.add(tf.mul(share, first), tf.mul(tf.sub(1, share), second)));
    });
  }

  geometry(
    { features }: Outputs,
    last: LayerStatistics,
    { weight }: Classifier,
    layers: readonly FeatureMeasures[],
    testAccuracy: Float64Array,
  ): { [Name in keyof GeometryArrays]: NumberArray } {
    const directions = classDirections(weight);
    const placed = (vectors: Matrix) => arrayOf(vectors.mmul(directions));
    const { means, centred } = last.means;
    return {
      points: placed(features),
      means: placed(means),
      classifier: placed(weight),
      meanCosines: arrayOf(cosines(centred)),
      classifierCosines: arrayOf(cosines(weight)),
      meanLengths: lengthsOf(centred),
      classifierLengths: lengthsOf(weight),
      testAccuracy: { shape: [this.classes], values: Float32Array.from(testAccuracy) },
      layers: arrayOf(
        new Matrix(layers.map(({ nc1, traceQuotient, means }) => [nc1, traceQuotient, means.maximalAngle])),
      ),
      ...(weight.columns <= PLAIN_FEATURES && {
        plainPoints: arrayOf(features),
        plainMeans: arrayOf(means),
        plainClassifier: arrayOf(weight),
      }),
    };
  }

  /**
   * @param pure of the pictured images, which are not mixed: from their logits follows κ of the closed form
   * @param hasCurve whether the closed form is of this loss
   */
  mixed(
    { features }: Outputs,
    pure: Outputs,
    { weight }: Classifier,
    hasCurve: boolean,
  ): Record<keyof MixedArrays, NumberArray> {
    const shares = Array.from({ length: CURVE_POINTS }, (_, i) => 1 - i / (CURVE_POINTS - 1));
    const kappa = kappaOfMargin(this.#marginOf(pure), this.classes);
    const length = mean([...lengthsOf(weight).values]);
    const known = hasCurve && kappa > 0 && length > 0;
    const curve = known ? mixupCurve(kappa, this.classes, length, shares) : [];
    return {
      points: arrayOf(features.mmul(classDirections(weight))),
      curve: { shape: [curve.length / 3, 3], values: Float32Array.from(curve) },
    };
  }

  /** How far the true class's logit lies above the mean of the others. */
  #marginOf({ logits }: Outputs): number {
    const margins = this.#points.map((at, row) => {
      const values = logits.getRow(row);
      const own = values[this.train.labels[at] ?? -1] ?? NaN;
      const others = values.reduce((sum, value) => sum + value, -own) / (values.length - 1);
      return own - others;
    });
    return mean(margins);
  }
}

interface Outputs {
  /** Of the last layer `[images, width]`. */
  features: Matrix;
  /** `[images, classes]` */
  logits: Matrix;
}

/**
 * Reads features of the last layer and logits from the device.
 * @throws RangeError where there is no layer.
 */
export async function outputsHere(run: () => LayerOutputs): Promise<Outputs> {
  const [features, logits] = tf.tidy(() => {
    const { layers, logits } = run();
    const last = layers.at(-1);
    if (!last) throw new RangeError('A network has one layer or more');
    return [last, logits];
  });
  try {
    return { features: await matrixOf(features), logits: await matrixOf(logits) };
  } finally {
    tf.dispose([features, logits]);
  }
}

const indices = (places: readonly number[]) => tf.tensor1d([...places], 'int32');

async function matrixOf(tensor: tf.Tensor2D): Promise<Matrix> {
  const [rows, columns] = tensor.shape;
  return Matrix.from1DArray(rows, columns, await tensor.data<'float32'>());
}

const arrayOf = (matrix: Matrix): NumberArray => ({
  shape: [matrix.rows, matrix.columns],
  values: Float32Array.from(matrix.to1DArray()),
});

const lengthsOf = (vectors: Matrix): NumberArray => ({
  shape: [vectors.rows],
  values: Float32Array.from({ length: vectors.rows }, (_, c) => vectors.getRowVector(c).norm()),
});

/** Some of every pair of classes, with shares spread evenly; a class with itself too. */
function mixturesOf(train: Split, classes: number): Mixture[] {
  const of = Array.from({ length: classes }, (_, c) =>
    Array.from({ length: train.count }, (_, i) => i)
      .filter((i) => train.labels[i] === c)
      .slice(0, 2 * MIXTURES),
  );
  const at = (c: number, i: number) => of[c]?.[i % of[c].length] ?? 0;
  const mixtures: Mixture[] = [];
  for (let a = 0; a < classes; a++)
    for (let b = a; b < classes; b++)
      for (let i = 0; i < MIXTURES; i++)
        mixtures.push({
          first: at(a, i),
          second: at(b, i + MIXTURES),
          classes: [a, b],
          share: (i + 0.5) / MIXTURES,
        });
  return mixtures;
}
