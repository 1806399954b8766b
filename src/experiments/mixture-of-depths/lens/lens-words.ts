import { RECORDED_UNPICTURED, type Unpictured } from '../../../ui/lens/no-picture-text';
import { countText } from '../../../ui/quantity';

/** Why there is no picture of a run's routing. */
export function noPictureText({ status, step, origin }: Unpictured): string {
  if (origin === 'recorded') return RECORDED_UNPICTURED;
  switch (status) {
    case 'queued':
      return 'This run waits for its turn. Its first picture comes with its first evaluation.';
    case 'loading':
    case 'compiling':
    case 'running':
    case 'paused':
      return 'The first picture comes with the first evaluation.';
    case 'done':
    case 'stopped':
    case 'failed':
      return step > 0
        ? 'This run kept no pictures of its routing: it ended before its first evaluation, or was made by an earlier version of the lab. Train it again to see them.'
        : 'This run ended before there was anything to picture.';
    default:
      return status satisfies never;
  }
}

/** Who answers about the reader's own image. */
export const ownWords = (step: number | null): string =>
  step === null
    ? 'The newest stored model of this run answers while you draw.'
    : `Answered by this run’s model after step ${countText(step)}.`;
