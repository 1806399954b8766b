import type { NumberArray, Snapshot } from '../../../run/snapshot';
import { placeOnSimplex } from '../../../ui/lens/space/class-simplex';
import type { ChosenClass } from '../../../ui/lens/space/class-slots';
import { fromPlace, meanRow, type Origin } from '../../../ui/lens/space/placed-classes';

/** A place in the plane of three classes. */
export type Place = readonly [x: number, y: number];

interface MixupOptions {
  /** From where features are drawn; the closed form's own mean is 0. */
  origin: Origin;
  /** Whether there are features enough for a simplex frame, which the closed form is for. */
  hasRoom: boolean;
}

/** Mixed images of three classes, in their plane. */
export interface MixupPlane {
  /** Of two images of one class. */
  same: readonly { at: Place; slot: number }[];
  /** Of images of two classes, and the share λ of the first. */
  different: readonly { at: Place; share: number; pair: number }[];
  /** Each pair of the three classes. */
  pairs: readonly MixupPair[];
}

export interface MixupPair {
  /** Which of the three classes are its first and second. */
  corners: readonly [number, number];
  /** From class mean to class mean. */
  chord: readonly [Place, Place];
  /** The closed form at equal steps of the share; empty where there is none. */
  curve: readonly Place[];
}

/** How far mixed features of two classes lie from either line on average, in shares of the mean chord's length. */
export interface MixupDistances {
  chord: number;
  /** Null where there is no closed form. */
  curve: number | null;
  /** Mixed images counted. */
  images: number;
}

const isPlace = (place: Place): boolean => place.every(Number.isFinite);

/**
 * Reads one moment's mixed images for three classes, by A u (papers.md 4.6).
 * @param means u of class means `[classes, classes]`, at the same moment
 * @returns null for snapshots that lack an array.
 */
export function mixupPlane(
  pictured: Snapshot,
  mixed: Snapshot,
  means: NumberArray,
  chosen: readonly ChosenClass[],
  { origin, hasRoom }: MixupOptions,
): MixupPlane | null {
  const { pairs, shares } = pictured.arrays;
  const { points, curve } = mixed.arrays;
  if (!pairs || !shares || !points || !curve) return null;
  const columns = points.shape[1] ?? 0;
  const middle = origin === 'mean' ? meanRow(means) : [];
  const [placed, centres] = [fromPlace(points, middle), fromPlace(means, middle)];
  const place = (coordinates: readonly number[]): Place => {
    const [x, y] = placeOnSimplex(coordinates);
    return [x, y];
  };
  const rowOf = (values: ArrayLike<number>, row: number) =>
    place(chosen.map(({ label }) => values[row * columns + label] ?? NaN));
  const among = chosen.flatMap((first, a) =>
    chosen.slice(a + 1).map((second, b) => ({ first, second, corners: [a, a + 1 + b] as [number, number] })),
  );

  const images = Array.from(shares.values, (share, row) => ({
    first: pairs.values[2 * row] ?? -1,
    second: pairs.values[2 * row + 1] ?? -1,
    share,
    at: rowOf(placed.values, row),
  })).filter(({ at }) => isPlace(at));
  const mixedOf = ({ first, second }: (typeof images)[number]) =>
    among.findIndex((pair) =>
      [pair.first.label, pair.second.label].every((label) => label === first || label === second),
    );
  return {
    same: images.flatMap(({ first, second, at }) => {
      const its = first === second ? chosen.find(({ label }) => label === first) : undefined;
      return its ? [{ at, slot: its.slot }] : [];
    }),
    different: images.flatMap((image) => {
      const pair = image.first === image.second ? -1 : mixedOf(image);
      return pair < 0 ? [] : [{ at: image.at, share: image.share, pair }];
    }),
    pairs: among.map(({ first, second, corners: [a, b] }) => ({
      corners: [a, b],
      chord: [rowOf(centres.values, first.label), rowOf(centres.values, second.label)],
      curve: Array.from({ length: hasRoom ? (curve.shape[0] ?? 0) : 0 }, (_, i) => {
        const [ofFirst = NaN, ofSecond = NaN, ofOther = NaN] = curve.values.subarray(3 * i, 3 * i + 3);
        return place(chosen.map((_, corner) => (corner === a ? ofFirst : corner === b ? ofSecond : ofOther)));
      }),
    })),
  };
}

/** Null where no pair of classes has mixed images, or all chords have no length. */
export function mixupDistances({ different, pairs }: MixupPlane): MixupDistances | null {
  const length = average(pairs.map(({ chord: [from, to] }) => Math.hypot(from[0] - to[0], from[1] - to[1])));
  if (different.length === 0 || !(length > 0)) return null;
  const apart = (lineOf: (pair: MixupPair) => readonly Place[]) =>
    average(
      different.flatMap(({ at, pair }) => {
        const its = pairs[pair];
        return its ? [fromLine(at, lineOf(its))] : [];
      }),
    ) / length;
  const hasCurve = pairs.every(({ curve }) => curve.length > 1);
  return {
    chord: apart(({ chord }) => chord),
    curve: hasCurve ? apart(({ curve }) => curve) : null,
    images: different.length,
  };
}

const average = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Distance from the nearest place of a line through some places. */
export function fromLine(at: Place, line: readonly Place[]): number {
  let least = Infinity;
  for (const [i, from] of line.slice(0, -1).entries()) {
    const to = line[i + 1] ?? from;
    const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
    const square = dx * dx + dy * dy;
    const along = square > 0 ? ((at[0] - from[0]) * dx + (at[1] - from[1]) * dy) / square : 0;
    const share = Math.min(1, Math.max(0, along));
    least = Math.min(least, Math.hypot(at[0] - from[0] - share * dx, at[1] - from[1] - share * dy));
  }
  return least;
}

/** Share of the mixed images that a picture makes room for; the others may lie beyond its rim. */
const WITHIN = 0.95;
/** Room around the lines. */
const AROUND = 1.1;

/** How far from 0 the lines lie, and nearly all mixed images. */
export function reachOf({ same, different, pairs }: MixupPlane): number {
  const distances = (places: readonly Place[]) =>
    places
      .filter(isPlace)
      .map((at) => Math.hypot(...at))
      .sort((a, b) => a - b);
  const images = distances([...same, ...different].map(({ at }) => at));
  const lines = distances(pairs.flatMap(({ chord, curve }) => [...chord, ...curve]));
  return Math.max(images[Math.ceil(WITHIN * images.length) - 1] ?? 0, AROUND * (lines.at(-1) ?? 0));
}
