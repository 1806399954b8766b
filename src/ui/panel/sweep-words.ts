import { countOf } from '../quantity';

interface SweepCost {
  variants: number;
  seeds: number;
  /** Runs that are neither done nor under way. */
  missing: number;
  /** How long one run takes, or null where that is not known. */
  msPerRun: number | null;
  atOnce: number;
}

/** `about 40 s`, `about 12 min`, `about 3 h`: an estimate has no finer digits. */
function roughly(ms: number): string {
  const minutes = ms / 60_000;
  if (minutes < 1) return `about ${Math.max(5, 5 * Math.round(ms / 5000))}\u00a0s`;
  if (minutes < 90) return `about ${Math.round(minutes)}\u00a0min`;
  return `about ${Number((minutes / 60).toPrecision(2))}\u00a0h`;
}

/** What pressing a sweep and then Train comes to: `16 variants × 3 seeds = 48 runs, about 12 min`. */
export function sweepCost({ variants, seeds, missing, msPerRun, atOnce }: SweepCost): string {
  const runs = variants * seeds;
  const kept = runs - missing;
  const time = msPerRun === null || missing === 0 ? '' : `, ${roughly((missing * msPerRun) / atOnce)}`;
  const known = kept === 0 ? '' : kept === runs ? ', all there' : `, ${kept} of them there`;
  return `${countOf(variants, 'variant')} × ${countOf(seeds, 'seed')} = ${countOf(runs, 'run')}${known}${time}`;
}
