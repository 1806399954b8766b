import type { Snapshot } from '../../../run/snapshot';
import { rowsOf, type Rows } from '../../../ui/lens/matrix-rows';

/** What one geometry snapshot says of classes and layers. */
export interface Geometry {
  step: number;
  /** cos of the centred class means, and of the classifier's rows `[classes][classes]`. */
  meanCosines: Rows;
  classifierCosines: Rows;
  /** |μ_c − μ_G| and |w_c| `[classes]` */
  meanLengths: readonly number[];
  classifierLengths: readonly number[];
  /** NaN where there are no test images of a class `[classes]`. */
  testAccuracy: readonly number[];
  /** NC1, tr Σ_W ∕ tr Σ_B and the largest angles' deviation of each layer, first to last `[layers][3]`. */
  layers: Rows;
}

/** Reads a geometry snapshot; null for one that lacks an array, as those of earlier versions may. */
export function geometryIn({ step, arrays }: Snapshot): Geometry | null {
  const { meanCosines, classifierCosines, meanLengths, classifierLengths, testAccuracy, layers } = arrays;
  if (!meanCosines || !classifierCosines || !meanLengths || !classifierLengths || !testAccuracy || !layers)
    return null;
  return {
    step,
    meanCosines: rowsOf(meanCosines),
    classifierCosines: rowsOf(classifierCosines),
    meanLengths: Array.from(meanLengths.values),
    classifierLengths: Array.from(classifierLengths.values),
    testAccuracy: Array.from(testAccuracy.values),
    layers: rowsOf(layers),
  };
}

/** Reads snapshots once each. */
export class GeometryReader {
  readonly #known = new WeakMap<Snapshot, Geometry | null>();

  /** Those that can be read, in the same order. */
  readAll(snapshots: readonly Snapshot[]): Geometry[] {
    return snapshots.flatMap((snapshot) => {
      let geometry = this.#known.get(snapshot);
      if (geometry === undefined) this.#known.set(snapshot, (geometry = geometryIn(snapshot)));
      return geometry ?? [];
    });
  }
}
