import type { Snapshot } from '../../../run/snapshot';
import type { Spec } from '../../../spec/knob';
import type { FrameKind } from '../../../ui/lens/space/class-simplex';
import type { ClassMoment, Origin } from '../../../ui/lens/space/placed-classes';

/** The moments that `geometry` snapshots hold; those that lack an array, as earlier versions' may, are left out. */
export function momentsIn(snapshots: readonly Snapshot[]): ClassMoment[] {
  return snapshots.flatMap(({ step, arrays }) => {
    const { points, means, classifier, plainPoints, plainMeans, plainClassifier } = arrays;
    if (!points || !means || !classifier) return [];
    const plain =
      plainPoints && plainMeans && plainClassifier
        ? { points: plainPoints, means: plainMeans, classifier: plainClassifier }
        : null;
    return [{ step, points, means, classifier, ...(plain && { plain }) }];
  });
}

/**
 * What collapsed classes lie on: a simplex frame; but on one at right angles where the squared error has no bias to take up what
 * they share.
 */
export const frameOf = (spec: Spec): FrameKind =>
  spec['loss'] === 'mse' && spec['headBias'] === false ? 'orthogonal' : 'simplex';

/** Features count from the mean of the class means, as in NC1 to NC3; but from 0 where no bias makes up for what they share. */
export const originOf = (spec: Spec): Origin => (spec['headBias'] === false ? 'zero' : 'mean');
