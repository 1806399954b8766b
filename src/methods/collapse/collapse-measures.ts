import type { Matrix } from 'ml-matrix';
import type { CentredMeans, ClassScatter } from './class-statistics';
import { biasCheck, dualFrameDistance, selfDuality } from './classifier-agreement';
import { equiangular, equinorm, frameDistance, maximalAngle } from './simplex-geometry';
import { cdnv, traceQuotient, withinOverBetween } from './variability';

/** NC2 of one set of vectors; all 0 on a simplex equiangular tight frame. */
export interface FrameMeasures {
  equinorm: number;
  equiangular: number;
  maximalAngle: number;
  /** Zhu et al.'s distance. */
  frameDistance: number;
}

/** What the features of one layer tell: NC1 and NC2 of the means. */
export interface FeatureMeasures {
  /** tr(Σ_W Σ_B⁺) / C */
  nc1: number;
  /** tr(Σ_W Σ_B⁺) */
  nc1Trace: number;
  traceQuotient: number;
  cdnv: number;
  means: FrameMeasures;
}

/** What the last layer tells beside its features: NC2 of W, NC3 and the bias. */
export interface ClassifierMeasures {
  classifier: FrameMeasures;
  /** NC3 of Papyan et al. */
  selfDuality: number;
  /** NC3 of Zhu et al. */
  dualFrameDistance: number;
  biasCheck: number;
}

/** NC2 of centred class means, or of the classifier's rows as they are `[classes, width]`. */
export const frameMeasures = (vectors: Matrix): FrameMeasures => ({
  equinorm: equinorm(vectors),
  equiangular: equiangular(vectors),
  maximalAngle: maximalAngle(vectors),
  frameDistance: frameDistance(vectors),
});

/**
 * NC1 and NC2 of a layer's features.
 * @throws RangeError unless scatter and means are of the same classes.
 */
export function featureMeasures(centred: CentredMeans, scatter: ClassScatter): FeatureMeasures {
  const { perClass, trace } = withinOverBetween(centred, scatter);
  return {
    nc1: perClass,
    nc1Trace: trace,
    traceQuotient: traceQuotient(centred, scatter),
    cdnv: cdnv(centred.means, scatter),
    means: frameMeasures(centred.centred),
  };
}

/**
 * NC2 and NC3 of the classifier W `[classes, width]` with bias b `[classes]`, zeros where it has none.
 * @throws RangeError unless the shapes go together.
 */
export const classifierMeasures = (
  { centred, centre }: CentredMeans,
  classifier: Matrix,
  bias: ArrayLike<number>,
): ClassifierMeasures => ({
  classifier: frameMeasures(classifier),
  selfDuality: selfDuality(classifier, centred),
  dualFrameDistance: dualFrameDistance(classifier, centred),
  biasCheck: biasCheck(classifier, bias, centre),
});
