import { metricText } from '../../../ui/quantity';
import type { MetricInfo } from '../../../run/card';
import type { Geometry } from './geometry';

/** What became of one class. */
export interface ClassOutcome {
  name: string;
  /** Training images. */
  size: number;
  /** |w_c| */
  length: number;
  /** |w_c| by the closed form; null where it does not cover the setting. */
  predicted: number | null;
  /** |μ_c − μ_G| */
  meanLength: number;
  /** NaN where there are no test images of it. */
  accuracy: number;
}

interface Source {
  names: readonly string[];
  sizes: readonly number[];
  geometry: Geometry;
  /** By class; null where there is no prediction. */
  predicted: readonly (number | null)[];
}

/** The classes of a run at one moment, in their order. */
export const classOutcomes = ({ names, sizes, geometry, predicted }: Source): ClassOutcome[] =>
  names.map((name, c) => ({
    name,
    size: sizes[c] ?? NaN,
    length: geometry.classifierLengths[c] ?? NaN,
    predicted: predicted[c] ?? null,
    meanLength: geometry.meanLengths[c] ?? NaN,
    accuracy: geometry.testAccuracy[c] ?? NaN,
  }));

export const areBalanced = (classes: readonly ClassOutcome[]): boolean =>
  classes.every(({ size }) => size === classes[0]?.size);

const extremes = <T>(of: readonly T[], value: (one: T) => number): { low: T; high: T } | null => {
  const ordered = of.filter((one) => Number.isFinite(value(one))).toSorted((a, b) => value(a) - value(b));
  const [low, high] = [ordered[0], ordered.at(-1)];
  return low !== undefined && high !== undefined ? { low, high } : null;
};

const times = (ratio: number): string => (Number.isFinite(ratio) ? ratio.toPrecision(2) : '∞');

/** How differently the classes fare, in two sentences. */
export function classWords(classes: readonly ClassOutcome[], accuracy: MetricInfo): string {
  const lengths = extremes(classes, ({ length }) => length);
  const shares = extremes(classes, (of) => of.accuracy);
  const rows =
    lengths && lengths.low.length === 0
      ? `The classifier row of ${lengths.low.name} is 0.`
      : lengths &&
        `The longest classifier row (${lengths.high.name}) is ${times(lengths.high.length / lengths.low.length)} times as long as the shortest (${lengths.low.name}).`;
  const told =
    shares &&
    `Test accuracy lies between ${metricText(accuracy, shares.low.accuracy)} (${shares.low.name}) and ${metricText(accuracy, shares.high.accuracy)} (${shares.high.name}).`;
  return [rows, told].filter(Boolean).join(' ');
}
