import type { LensRun } from './lens-run';

/** Equal for runs whose settings differ in one knob at most. */
export const sameSettingBut = (knob: string, { spec }: Pick<LensRun, 'spec'>): string =>
  JSON.stringify(
    Object.entries(spec)
      .filter(([name]) => name !== knob)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

/** Whether two runs have the same seed and differ in one knob and nothing else. */
export const sameButFor = (
  knob: string,
  a: Pick<LensRun, 'spec' | 'seed'>,
  b: Pick<LensRun, 'spec' | 'seed'>,
): boolean =>
  a.seed === b.seed && a.spec[knob] !== b.spec[knob] && sameSettingBut(knob, a) === sameSettingBut(knob, b);
