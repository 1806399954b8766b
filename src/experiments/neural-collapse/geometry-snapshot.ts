import type { NumberArray } from '../../run/snapshot';

/** Name of the snapshot with what stays the same; given once, before the first step. */
export const PICTURED = 'pictured';
/** Name of the snapshots of the features' geometry; given at every measurement. */
export const GEOMETRY = 'geometry';
/** Name of the snapshots of mixed images; given at every measurement. */
export const MIXED = 'mixed';

/** Which images are pictured. Classes are counted from 0 over those trained on. */
export interface PicturedArrays {
  /** Class of each pictured training image `[points]`. */
  labels: NumberArray;
  /** Training images of each class `[classes]`. */
  sizes: NumberArray;
  /** The pair of classes that each mixed image is of, equal ones for a pair of one class `[mixed, 2]`. */
  pairs: NumberArray;
  /** Share of the first image in it `[mixed]`. */
  shares: NumberArray;
}

/**
 * The features of the last layer. All coordinates are u = Qᵀ h, Q from `classDirections`: one number for each class, of which
 * a lens takes those of three or four chosen classes a, b, c … and draws A (u_a, u_b, u_c …), A the corners of a simplex.
 */
export interface GeometryArrays {
  /** Of pictured training images `[points, classes]`. */
  points: NumberArray;
  /** Of class means μ_c `[classes, classes]`. */
  means: NumberArray;
  /** Of the classifier's rows w_c `[classes, classes]`. */
  classifier: NumberArray;
  /** cos(μ_c − μ_G, μ_c' − μ_G) `[classes, classes]`; NaN where a class lies at the centre. */
  meanCosines: NumberArray;
  /** cos(w_c, w_c') `[classes, classes]` */
  classifierCosines: NumberArray;
  /** |μ_c − μ_G| `[classes]` */
  meanLengths: NumberArray;
  /** |w_c| `[classes]` */
  classifierLengths: NumberArray;
  /** Share of test images of each class that are told rightly `[classes]`; NaN where there are none. */
  testAccuracy: NumberArray;
  /** tr(Σ_W Σ_B⁺) / C, tr Σ_W / tr Σ_B and the largest angles' deviation of each layer, first to last `[layers, 3]`. */
  layers: NumberArray;
  /** Where there are three features at most: themselves, as `points`, `means` and `classifier` `[rows, features]`. */
  plainPoints?: NumberArray;
  plainMeans?: NumberArray;
  plainClassifier?: NumberArray;
}

/** Features of mixed images. */
export interface MixedArrays {
  /** u of each mixed image `[mixed, classes]`. */
  points: NumberArray;
  /**
   * Closed form for a pair, at equal steps of the share from 1 to 0: u of the first class, of the second and of each other
   * one `[shares, 3]`. Of cross-entropy only; no rows where the network has not learnt enough to say.
   */
  curve: NumberArray;
}
