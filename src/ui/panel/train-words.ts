import { countOf } from '../quantity';

interface TrainState {
  planned: number;
  missing: number;
  /** Of the missing ones, those that go on from a checkpoint. */
  unfinished: number;
  variants: number;
  seeds: number;
  busy: boolean;
  held: boolean;
  problems: number;
}

/** Why Train cannot be pressed now, or null when it can. */
export function trainRefusal({ planned, missing, busy, problems }: TrainState): string | null {
  if (problems > 0) return `${countOf(problems, 'problem')} to mend first; see the list`;
  if (missing > 0) return null;
  return busy
    ? `${allOf(planned)} of this setting ${planned === 1 ? 'is' : 'are'} done or under way`
    : `${allOf(planned)} of this setting ${planned === 1 ? 'is' : 'are'} done`;
}

/** What Train will do, or why there is nothing to do, as a sentence under the button. */
export function trainNote(state: TrainState): string {
  const { planned, missing, unfinished, variants, seeds, busy, held, problems } = state;
  if (problems > 0) return '';
  if (missing === 0 && held) return 'Held. Resume lets them train on; Step takes one training step.';
  if (missing === 0 && busy)
    return `${allOf(planned)} of this setting ${planned === 1 ? 'is' : 'are'} done or under way.`;
  if (missing === 0)
    return `${allOf(planned)} of this setting ${planned === 1 ? 'is' : 'are'} done and kept. Change something or add seeds to train more, or remove runs to repeat them.`;
  if (unfinished > 0) {
    const fresh = missing - unfinished;
    const others = missing < planned ? ' The others are done or under way and are kept.' : '';
    return `Train goes on with ${countOf(unfinished, 'run')} from ${unfinished === 1 ? 'its checkpoint' : 'their checkpoints'}${fresh > 0 ? ` and starts ${fresh} more` : ''}.${others}`;
  }
  if (missing < planned)
    return `Train starts ${missing} of ${countOf(planned, 'run')}; the others are done or under way and are kept.`;
  return `Train starts ${countOf(planned, 'run')}: ${countOf(variants, 'variant')} × ${countOf(seeds, 'seed')}.`;
}

const allOf = (planned: number): string =>
  planned === 1 ? 'The one run' : planned === 2 ? 'Both runs' : `All ${countOf(planned, 'run')}`;
