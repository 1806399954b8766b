import type { Recording } from '../../run/recording';

const seedsOf = ({ runs }: Recording): number => Math.min(...runs.map(({ seeds }) => seeds.length));

/** Of each experiment the recording that its card shows: that with the most seeds, the longer one of equals. */
export function shownRecordings(recordings: readonly Recording[]): ReadonlyMap<string, Recording> {
  const shown = new Map<string, Recording>();
  for (const recording of recordings) {
    const known = shown.get(recording.experiment);
    const more = known ? seedsOf(recording) - seedsOf(known) || recording.ms - known.ms : 1;
    if (more > 0) shown.set(recording.experiment, recording);
  }
  return shown;
}
