import type { Spec } from '../../../spec/knob';
import { lengthsOf, type Geometry } from './geometry';

/** One class, as found and as predicted. */
export interface ClassOutcome {
  /** Counted from 1. */
  number: number;
  /** n_k, its samples. */
  size: number;
  /** a_k, which collapses the class from 1 on; null where the closed form has no such number. */
  threshold: number | null;
  /** |w_k| of the product of all layers. */
  row: { found: number; predicted: number };
  /** |h_k| of the mean of its features. */
  feature: { found: number; predicted: number };
  /** The closed form has it at 0. */
  vanishes: boolean;
}

/**
 * a_k = N² λ_W λ_H ∕ n_k of each class: from 1 on it collapses to 0 (Dang et al., 2301.00437). Null where classes are equal, and
 * where there are several linear layers, which have another threshold.
 */
export function thresholdsOf(spec: Spec, sizes: readonly number[]): (number | null)[] {
  const samples = sizes.reduce((sum, size) => sum + size, 0);
  const product = Number(spec['classifierDecay']) * Number(spec['featureDecay']);
  const has = spec['objective'] === 'imbalanced' && spec['layers'] === 1;
  return sizes.map((size) => (has ? (samples ** 2 * product) / size : null));
}

/** The classes of a run at one moment, in their order. */
export function classOutcomes(spec: Spec, sizes: readonly number[], geometry: Geometry): ClassOutcome[] {
  const rows = {
    found: lengthsOf(geometry.classifier.found),
    predicted: lengthsOf(geometry.classifier.predicted),
  };
  const means = {
    found: lengthsOf(geometry.features.found),
    predicted: lengthsOf(geometry.features.predicted),
  };
  const thresholds = thresholdsOf(spec, sizes);
  return rows.found.map((found, k) => ({
    number: k + 1,
    size: sizes[k] ?? NaN,
    threshold: thresholds[k] ?? null,
    row: { found, predicted: rows.predicted[k] ?? NaN },
    feature: { found: means.found[k] ?? NaN, predicted: means.predicted[k] ?? NaN },
    vanishes: rows.predicted[k] === 0,
  }));
}

const listed = (numbers: readonly number[]): string =>
  numbers.length === 1
    ? `class ${numbers[0] ?? ''}`
    : `classes ${numbers.slice(0, -1).join(', ')} and ${numbers.at(-1) ?? ''}`;

/**
 * Which classes should vanish, and how many have.
 * @param vanished as the run counts them; null where it does not
 */
export function vanishingWords(
  spec: Spec,
  classes: readonly ClassOutcome[],
  vanished: number | null,
): string {
  const gone = classes.filter(({ vanishes }) => vanishes).map(({ number }) => number);
  const has = vanished === null ? '' : ` Vanished at this step: ${vanished} of ${classes.length}.`;
  if (gone.length === classes.length) return `With so much decay all classes should vanish.${has}`;
  if (gone.length === 0) return `No class should vanish.${has}`;
  const why =
    spec['objective'] === 'imbalanced' && spec['layers'] === 1
      ? `: a_k = N² λ_W λ_H ∕ n_k is 1 or more`
      : ', being too small';
  const words = listed(gone);
  return `${words.charAt(0).toUpperCase()}${words.slice(1)} should vanish${why}.${has}`;
}
