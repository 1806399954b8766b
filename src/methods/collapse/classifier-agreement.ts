import { Matrix } from 'ml-matrix';
import { distanceFromFrame } from './simplex-geometry';

/**
 * NC3, self-duality: ‖ Wᵀ / ‖W‖_F − M / ‖M‖_F ‖_F² (Papyan, Han and Donoho, PNAS 2020, figure 5), which is
 * 2 − 2 ⟨Wᵀ, M⟩ / (‖W‖ ‖M‖), in [0, 4] and 0 only for Wᵀ = α M with α > 0. NaN where one of them is 0.
 * @param classifier W `[classes, width]`
 * @param centred Mᵀ, μ_c − μ_G `[classes, width]`
 * @throws RangeError unless the shapes are the same.
 */
export function selfDuality(classifier: Matrix, centred: Matrix): number {
  requireSameShape(classifier, centred);
  return Matrix.div(classifier, classifier.norm()).sub(Matrix.div(centred, centred.norm())).norm() ** 2;
}

/**
 * NC3 of Zhu et al. (2105.02375, and their code): | W M / ‖W M‖_F − (I − 1 1ᵀ / C) / √(C − 1) |_F. 0 when collapsed.
 * @param classifier W `[classes, width]`
 * @param centred Mᵀ, μ_c − μ_G `[classes, width]`
 * @throws RangeError unless the shapes are the same.
 */
export function dualFrameDistance(classifier: Matrix, centred: Matrix): number {
  requireSameShape(classifier, centred);
  return distanceFromFrame(classifier.mmul(centred.transpose()));
}

/**
 * NC4, simplification to the nearest class centre: the share of samples with argmax_c (W h + b)_c ≠ argmin_c |h − μ_c|, the
 * means being those of the training set (Papyan et al., PNAS 2020, figure 7, on test samples; their notebook takes the
 * training samples). 0 when collapsed.
 * @param agreed samples on which the two agree
 * @param samples all of them
 * @throws RangeError unless 0 ≤ agreed ≤ samples and samples > 0.
 */
export function nearestCentreDisagreement(agreed: number, samples: number): number {
  if (!(agreed >= 0 && agreed <= samples && samples > 0))
    throw new RangeError(`${agreed} of ${samples} samples cannot agree`);
  return (samples - agreed) / samples;
}

/**
 * Whether the bias undoes the centre: |W μ_G + b| (Zhu et al. 2021, 2105.02375, their code). 0 when collapsed.
 * @param classifier W `[classes, width]`
 * @param bias b `[classes]`
 * @param centre μ_G `[width]`
 * @throws RangeError unless the shapes go together.
 */
export function biasCheck(classifier: Matrix, bias: ArrayLike<number>, centre: ArrayLike<number>): number {
  if (bias.length !== classifier.rows || centre.length !== classifier.columns)
    throw new RangeError(
      `W [${classifier.rows}, ${classifier.columns}] does not go with ${bias.length} biases and a centre of ${centre.length}`,
    );
  return classifier.mmul(Matrix.columnVector(centre)).add(Matrix.columnVector(bias)).norm();
}

function requireSameShape(classifier: Matrix, centred: Matrix): void {
  if (classifier.rows !== centred.rows || classifier.columns !== centred.columns)
    throw new RangeError(
      `W [${classifier.rows}, ${classifier.columns}] and the means [${centred.rows}, ${centred.columns}] differ in shape`,
    );
}
