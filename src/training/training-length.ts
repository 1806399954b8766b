import type { EpochOrder } from '../data/order';

/** What a setting says of a training's length. */
export interface Duration {
  duration: number;
  durationUnit: 'steps' | 'epochs';
}

/** Steps of a whole training. */
export const lengthOf = (
  { duration, durationUnit }: Duration,
  { stepsPerEpoch }: Pick<EpochOrder, 'stepsPerEpoch'>,
): number => (durationUnit === 'steps' ? duration : duration * stepsPerEpoch);
