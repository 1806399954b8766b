import type { Snapshot } from '../../../run/snapshot';
import { rowsOf, type Rows } from '../../../ui/lens/matrix-rows';

/** Inner products as found and as the closed form has them. */
export interface Grams {
  found: Rows;
  predicted: Rows;
}

/** What one snapshot says of the classes. */
export interface Geometry {
  step: number;
  /** w_c · w_c' and, of class means, h_c · h_c' `[classes][classes]`. */
  classifier: Grams;
  features: Grams;
}

/** Reads a geometry snapshot; null for one that lacks an array, as those of earlier versions may. */
export function geometryIn({ step, arrays }: Snapshot): Geometry | null {
  const { classifierGram, predictedClassifierGram, featureGram, predictedFeatureGram } = arrays;
  if (!classifierGram || !predictedClassifierGram || !featureGram || !predictedFeatureGram) return null;
  return {
    step,
    classifier: { found: rowsOf(classifierGram), predicted: rowsOf(predictedClassifierGram) },
    features: { found: rowsOf(featureGram), predicted: rowsOf(predictedFeatureGram) },
  };
}

/** Entry by entry, found less predicted. */
export const differenceOf = ({ found, predicted }: Grams): number[][] =>
  found.map((line, i) => line.map((value, j) => value - (predicted[i]?.[j] ?? NaN)));

const norm = (rows: Rows): number => Math.sqrt(rows.flat().reduce((sum, value) => sum + value ** 2, 0));

/** ‖G − G*‖_F ∕ ‖G*‖_F; the distance itself where the closed form is 0, as the run's own distances are. */
export function relativeDistance(grams: Grams): number {
  const length = norm(grams.predicted);
  const distance = norm(differenceOf(grams));
  return length > 0 ? distance / length : distance;
}

/** Largest entry of some matrices by size; 0 of none. */
export const largestEntry = (matrices: readonly Rows[]): number =>
  matrices.flat(2).reduce((most, value) => (Math.abs(value) > most ? Math.abs(value) : most), 0);

/** Lengths of the vectors with these inner products. */
export const lengthsOf = (gram: Rows): number[] =>
  gram.map((line, k) => Math.sqrt(Math.max(0, line[k] ?? NaN)));
