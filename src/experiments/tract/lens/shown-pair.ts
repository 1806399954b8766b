import type { LabRun } from '../../../ui/lab-run.svelte';

/** What is read of a run to find the one to show beside it. */
type Paired = Pick<LabRun, 'id' | 'variant' | 'seed' | 'spec'>;

/** Whether a run's first layer trains with TrAct. */
export const isTract = ({ spec }: Pick<Paired, 'spec'>): boolean => spec['update'] === 'tract';

/**
 * Tells the variants that stand for the method: the card's own where there are runs of it, else all that train with TrAct.
 * @param numberOf place of a variant in the palette: 0 is the baseline, 1 the method
 */
export function isMethodAmong(
  runs: readonly Paired[],
  numberOf: (variant: string) => number | undefined,
): (variant: string) => boolean {
  if (runs.some(({ variant }) => numberOf(variant) === 1)) return (variant) => numberOf(variant) === 1;
  const variants = new Set(runs.filter(isTract).map(({ variant }) => variant));
  return (variant) => variants.has(variant);
}

/** Equal for runs that differ in nothing but the first layer's update. */
export const sameBut = ({ spec }: Pick<Paired, 'spec'>): string =>
  JSON.stringify(
    Object.entries(spec)
      .filter(([name]) => name !== 'update')
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

/**
 * The run to show beside another: the reader's choice while it is there, else one of the same seed. Of these, first the
 * newest that differs in the update alone, then the card's baseline (beside a vanilla run, its method), then the newest
 * with the other update, then the newest.
 * @param numberOf place of a variant in the palette: 0 is the baseline, 1 the method
 */
export function runBeside<R extends Paired>(
  runs: readonly R[],
  shown: R,
  choice: string | null,
  numberOf: (variant: string) => number | undefined,
): R | null {
  const others = runs.filter(({ id }) => id !== shown.id);
  const ofSeed = others.filter(({ seed }) => seed === shown.seed);
  const otherUpdate = ofSeed.filter((run) => isTract(run) !== isTract(shown));
  return (
    others.find(({ id }) => id === choice) ??
    otherUpdate.findLast((run) => sameBut(run) === sameBut(shown)) ??
    ofSeed.findLast(({ variant }) => numberOf(variant) === (isTract(shown) ? 0 : 1)) ??
    otherUpdate.at(-1) ??
    ofSeed.at(-1) ??
    null
  );
}
