import type { NumberArray } from '../../../run/snapshot';
import type { ChosenClass } from './class-slots';
import { lengthOnSimplex, placeOnSimplex, simplexCorners } from './class-simplex';
import { distance, isFinitePlace, lengthOf, mixed, scaled, type Vector3 } from './vector';

/** Vectors of pictured samples, class means and classifier rows, row after row. */
export interface ClassVectors {
  /** `[points, coordinates]` */
  points: NumberArray;
  /** `[classes, coordinates]` */
  means: NumberArray;
  classifier: NumberArray;
}

/** One stored moment of a training. */
export interface ClassMoment extends ClassVectors {
  step: number;
  /** Features as they are, where there are three at most; the others are coordinates u = Qᵀ h, one of each class. */
  plain?: ClassVectors;
}

/** A class in the picture; without a place it is grey. */
export type DrawnClass = Omit<ChosenClass, 'slot'> & { slot: number | null };

/** How classes come into space. */
export interface Placing {
  drawn: readonly DrawnClass[];
  vectorsOf: (moment: ClassMoment) => ClassVectors | undefined;
  place: (vector: readonly number[]) => Vector3;
  /** Length of a vector in the picture; without a height that is not part of it. */
  length: (place: Vector3) => number;
  /** Corners, of length 1, on which the classes should come to lie. */
  corners: readonly Vector3[];
}

/** From where features are drawn: 0, or the mean of all class means. */
export type Origin = 'zero' | 'mean';

/**
 * The projection of chosen classes onto a simplex: A u, or A (u − u_G) from the mean of the class means, where a bias makes up
 * for whatever the features have in common. The classifier's rows start at 0 in either case.
 */
export const simplexPlacing = (chosen: readonly ChosenClass[], origin: Origin): Placing => ({
  drawn: chosen,
  vectorsOf: (moment) => (origin === 'mean' ? fromMean(moment) : moment),
  place: (u) => placeOnSimplex(chosen.map(({ label }) => u[label] ?? NaN)),
  length: (place) => lengthOnSimplex(place, chosen.length),
  corners: simplexCorners(chosen.length),
});

const fromMean = ({ points, means, classifier }: ClassVectors): ClassVectors => {
  const middle = meanRow(means);
  return { points: fromPlace(points, middle), means: fromPlace(means, middle), classifier };
};

/** Mean of all rows `[columns]`. */
export function meanRow({ shape: [rows = 0, columns = 0], values }: NumberArray): number[] {
  return Array.from({ length: columns }, (_, column) => {
    let sum = 0;
    for (let row = 0; row < rows; row++) sum += values[row * columns + column] ?? NaN;
    return sum / rows;
  });
}

/** Every row less one and the same. */
export const fromPlace = ({ shape, values }: NumberArray, origin: readonly number[]): NumberArray => ({
  shape,
  values: Float32Array.from(values, (value, i) => value - (origin[i % origin.length] ?? 0)),
});

/** Features as they are, of all classes, where there are three at most. */
export const plainPlacing = (chosen: readonly ChosenClass[], classes: number): Placing => ({
  drawn: Array.from({ length: classes }, (_, label) => ({
    label,
    slot: chosen.find((one) => one.label === label)?.slot ?? null,
  })),
  vectorsOf: ({ plain }) => plain,
  place: ([x = 0, y = 0, z = 0]) => [x, y, z],
  length: lengthOf,
  corners: [],
});

/** Where everything lies in space at one moment. */
export interface PlacedClasses {
  samples: readonly PlacedSample[];
  /** In the order of the classes drawn. */
  means: readonly Vector3[];
  rows: readonly Vector3[];
}

export interface PlacedSample {
  at: Vector3;
  /** Which of the classes drawn it is of. */
  drawn: number;
}

/** @param labels class of each pictured sample */
export function placeClasses(
  placing: Placing,
  moment: ClassMoment,
  labels: ArrayLike<number>,
): PlacedClasses | null {
  const vectors = placing.vectorsOf(moment);
  if (!vectors) return null;
  const placeOf = (array: NumberArray, row: number) => placing.place(rowOf(array, row));
  const samples = Array.from({ length: vectors.points.shape[0] ?? 0 }, (_, row) => ({
    row,
    drawn: placing.drawn.findIndex(({ label }) => label === labels[row]),
  }));
  return {
    samples: samples
      .filter(({ drawn }) => drawn >= 0)
      .map(({ row, drawn }) => ({ at: placeOf(vectors.points, row), drawn })),
    means: placing.drawn.map(({ label }) => placeOf(vectors.means, label)),
    rows: placing.drawn.map(({ label }) => placeOf(vectors.classifier, label)),
  };
}

function rowOf({ shape, values }: NumberArray, row: number): number[] {
  const columns = shape[1] ?? 0;
  return Array.from({ length: columns }, (_, column) => values[row * columns + column] ?? NaN);
}

/** Between two moments of the same placing: the first at share 0, the second at 1. */
export function blended(a: PlacedClasses, b: PlacedClasses, share: number): PlacedClasses {
  if (share <= 0) return a;
  if (share >= 1) return b;
  const each = (from: readonly Vector3[], to: readonly Vector3[]) =>
    to.map((end, i) => mixed(from[i] ?? end, end, share));
  return {
    samples: b.samples.map(({ at, drawn }, i) => ({ at: mixed(a.samples[i]?.at ?? at, at, share), drawn })),
    means: each(a.means, b.means),
    rows: each(a.rows, b.rows),
  };
}

/** What the picture of a moment says in numbers, in units of the features. Means over what is finite; NaN where nothing is. */
export interface ClassFigures {
  /** Mean length of the class means, and of the classifier's rows. */
  meanLength: number;
  rowLength: number;
  /** Mean distance of the samples from the mean of their class. */
  spread: number;
  /** Mean distance of the class means from the corners of a regular simplex as large as they are long. */
  cornerGap: number;
  /** The same of the classifier's rows, drawn as long as the class means are. */
  rowGap: number;
}

export function figuresOf({ length, corners }: Placing, placed: PlacedClasses): ClassFigures {
  const { samples, means, rows } = placed;
  const [meanLength, rowLength] = [average(means.map(length)), average(rows.map(length))];
  const gap = (places: readonly Vector3[], size: number) =>
    average(corners.map((corner, i) => apart(length, places[i], scaled(corner, size))));
  return {
    meanLength,
    rowLength,
    spread: average(samples.map(({ at, drawn }) => distance(at, means[drawn] ?? [NaN, NaN, NaN]))),
    cornerGap: gap(means, meanLength),
    rowGap: (gap(rows, rowLength) * meanLength) / rowLength,
  };
}

const apart = (length: Placing['length'], a: Vector3 | undefined, b: Vector3): number =>
  a ? length([a[0] - b[0], a[1] - b[1], a[2] - b[2]]) : NaN;

function average(values: readonly number[]): number {
  const finite = values.filter(Number.isFinite);
  return finite.reduce((sum, value) => sum + value, 0) / finite.length;
}

/** Share of the samples that a picture makes room for; the others may lie beyond its rim. */
const WITHIN = 0.9;
/** Room around the class means. */
const AROUND = 1.15;

/** How far from a centre the class means lie, and nine tenths of the samples. */
export function reachFrom({ samples, means }: PlacedClasses, centre: Vector3): number {
  const distances = (places: readonly Vector3[]) =>
    places
      .filter(isFinitePlace)
      .map((at) => distance(at, centre))
      .sort((a, b) => a - b);
  const [ofSamples, ofMeans] = [distances(samples.map(({ at }) => at)), distances(means)];
  return Math.max(ofSamples[Math.ceil(WITHIN * ofSamples.length) - 1] ?? 0, AROUND * (ofMeans.at(-1) ?? 0));
}
