import type { NumberArray } from '../../run/snapshot';

/** Name of the snapshots of the geometry; given at every measurement. */
export const GEOMETRY = 'geometry';

/**
 * Features and classifier. Coordinates are u = Qᵀ h with the polar factor Q of the predicted frame's directions, as found by
 * `classDirections`: one number for each class, of which a lens takes those of three or four chosen classes.
 */
export interface GeometryArrays {
  /** Class of each pictured sample `[points]`. */
  labels: NumberArray;
  /** `[points, classes]` */
  points: NumberArray;
  /** Of class means `[classes, classes]`. */
  means: NumberArray;
  /** Of the classifier's rows, all layers multiplied `[classes, classes]`. */
  classifier: NumberArray;
  /** w_c · w_c' as found, and as predicted `[classes, classes]`. */
  classifierGram: NumberArray;
  predictedClassifierGram: NumberArray;
  /** Means of h_c · h_c' as found, and as predicted `[classes, classes]`. */
  featureGram: NumberArray;
  predictedFeatureGram: NumberArray;
}
