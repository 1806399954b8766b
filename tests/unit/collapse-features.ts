import { Matrix, QrDecomposition } from 'ml-matrix';
import {
  centreClasses,
  meansOf,
  scatterOf,
  type CentredMeans,
  type ClassScatter,
  type ClassWeighting,
} from '../../src/methods/collapse/class-statistics';
import {
  classifierMeasures,
  featureMeasures,
  type ClassifierMeasures,
  type FeatureMeasures,
} from '../../src/methods/collapse/collapse-measures';
import { nearestCentreDisagreement } from '../../src/methods/collapse/classifier-agreement';
import { simplexFrame } from '../../src/methods/collapse/simplex-geometry';
import type { Rng } from '../../src/math/rng';

/** Features `[samples, width]`, their classes, and a classifier over them. */
export interface Sample {
  features: Matrix;
  labels: number[];
  classifier: Matrix;
  bias: number[];
}

export const normals = (rng: Rng, rows: number, columns: number): Matrix =>
  Matrix.from1DArray(
    rows,
    columns,
    Array.from({ length: rows * columns }, () => rng.normal()),
  );

export const orthogonal = (rng: Rng, size: number): Matrix =>
  new QrDecomposition(normals(rng, size, size)).orthogonalMatrix;

/** Two samples of each of four classes at 3 M*, moved by ± noise along the next axis, and W = 2 M*. */
export function fixture(noise: number): Sample {
  const rows = Array.from({ length: 8 }, (_, i) => {
    const row = simplexFrame(4)
      .mul(3)
      .getRow(i % 4);
    const axis = ((i % 4) + 1) % 4;
    row[axis] = (row[axis] ?? NaN) + (i < 4 ? noise : -noise);
    return row;
  });
  return {
    features: new Matrix(rows),
    labels: rows.map((_, i) => i % 4),
    classifier: simplexFrame(4).mul(2),
    bias: [0, 0, 0, 0],
  };
}

/** Features around random class means, sizes[c] of class c. */
export function randomSample(rng: Rng, sizes: readonly number[], width: number, noise = 0.3): Sample {
  const means = normals(rng, sizes.length, width);
  const labels = sizes.flatMap((size, c) => Array<number>(size).fill(c));
  const away = normals(rng, labels.length, width).mul(noise);
  return {
    features: away.add(new Matrix(labels.map((c) => means.getRow(c)))),
    labels,
    classifier: normals(rng, sizes.length, width),
    bias: Array.from(sizes, () => rng.normal()),
  };
}

/** Both passes over the features. */
export function statistics(
  { features, labels, classifier }: Pick<Sample, 'features' | 'labels' | 'classifier'>,
  weighting: ClassWeighting = 'samples',
): { centred: CentredMeans; scatter: ClassScatter } {
  const { means, counts } = meansOf(features, labels, classifier.rows);
  const centred = centreClasses(means, counts, weighting);
  return { centred, scatter: scatterOf(features, labels, centred) };
}

export function measure(sample: Sample): FeatureMeasures & ClassifierMeasures & { nc4: number } {
  const { centred, scatter } = statistics(sample);
  return {
    ...featureMeasures(centred, scatter),
    ...classifierMeasures(centred, sample.classifier, sample.bias),
    nc4: disagreement(sample, centred.means),
  };
}

const placeOfLargest = (values: readonly number[]): number => values.indexOf(Math.max(...values));

function disagreement({ features, classifier, bias }: Sample, means: Matrix): number {
  const logits = features.mmul(classifier.transpose()).addRowVector(bias);
  const agreed = Array.from({ length: features.rows }, (_, i) => {
    const distances = Array.from(
      { length: means.rows },
      (__, c) => -Matrix.sub(features.getRowVector(i), means.getRowVector(c)).norm(),
    );
    return placeOfLargest(logits.getRow(i)) === placeOfLargest(distances) ? 1 : 0;
  });
  return nearestCentreDisagreement(
    agreed.reduce<number>((sum, one) => sum + one, 0),
    features.rows,
  );
}

/** Every number of nested measures under its path. */
export function flat(measures: object, path = ''): Record<string, number> {
  return Object.assign(
    {},
    ...Object.entries(measures).map(([name, value]: [string, unknown]) =>
      typeof value === 'number'
        ? { [path + name]: value }
        : typeof value === 'object' && value !== null
          ? flat(value, `${path}${name}.`)
          : {},
    ),
  ) as Record<string, number>;
}
