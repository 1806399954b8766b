import type { RunStatus } from '../../../run/record';

/** Why there is nothing to compare with the closed form. */
export function noPictureText(status: RunStatus, pastFirstStep: boolean): string {
  switch (status) {
    case 'queued':
      return 'This run waits for its turn. Its first picture comes before its first step.';
    case 'loading':
    case 'compiling':
    case 'running':
    case 'paused':
      return 'The first picture comes with the first measurement.';
    case 'done':
    case 'stopped':
    case 'failed':
      return pastFirstStep
        ? 'This run kept no pictures: it ended before its first measurement, or was made by an earlier version of the lab. Train it again to see them.'
        : 'This run ended before there was anything to picture.';
    default:
      return status satisfies never;
  }
}
