import type { LabRun } from '../lab-run.svelte';

/** What a lens must know of a run of which it has no picture. */
export type Unpictured = Pick<LabRun, 'status' | 'step' | 'origin'>;

/** Of a recorded run: a recording that would be too large keeps the pictures of one seed. */
export const RECORDED_UNPICTURED =
  'Of these recorded runs only those of the first seed have pictures. Choose one of them, or train this one.';

/**
 * Why there is no picture of a run that pictures at every measurement, the first one before its first step.
 * @param of what the pictures are of, as ` of its features`
 */
export function noPictureText({ status, step, origin }: Unpictured, of = ''): string {
  if (origin === 'recorded') return RECORDED_UNPICTURED;
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
      return step > 0
        ? `This run kept no pictures${of}: it ended before its first measurement, or was made by an earlier version of the lab. Train it again to see them.`
        : 'This run ended before there was anything to picture.';
    default:
      return status satisfies never;
  }
}
