import type { RunStatus } from '../../run/record';

/**
 * Why there is no picture of a run that pictures at every measurement, the first one before its first step.
 * @param of what the pictures are of, as ` of its features`
 */
export function noPictureText(status: RunStatus, pastFirstStep: boolean, of = ''): string {
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
        ? `This run kept no pictures${of}: it ended before its first measurement, or was made by an earlier version of the lab. Train it again to see them.`
        : 'This run ended before there was anything to picture.';
    default:
      return status satisfies never;
  }
}
