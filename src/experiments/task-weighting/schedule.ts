import { milestonesAt, type Schedule } from '../../nn/schedule';
import type { TaskWeightingSpec } from './knobs';

/** The learning rate's course from a peak. */
export function scheduleOf({ schedule }: TaskWeightingSpec, peak: number, totalSteps: number): Schedule {
  const course = { peak, warmup: 0, totalSteps };
  return schedule === 'halved'
    ? { ...course, kind: 'steps', milestones: milestonesAt([2 / 3], totalSteps), factor: 0.5 }
    : { ...course, kind: schedule };
}
