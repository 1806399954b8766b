import type { Snapshot } from '../../../run/snapshot';
import type { ClassMoment } from '../../../ui/lens/space/placed-classes';

/** What the picture in space is drawn from: moments in order of step, and the class of each pictured sample. */
export interface SpaceMoments {
  moments: ClassMoment[];
  labels: ArrayLike<number>;
}

/** Reads geometry snapshots; null where none has all that is drawn. */
export function spaceMoments(snapshots: readonly Snapshot[]): SpaceMoments | null {
  const moments = snapshots.flatMap(({ step, arrays: { points, means, classifier } }) =>
    points && means && classifier ? [{ step, points, means, classifier }] : [],
  );
  const labels = snapshots[0]?.arrays['labels']?.values;
  return moments.length > 0 && labels ? { moments, labels } : null;
}
