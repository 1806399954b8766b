import { BAND_LEVEL } from '../../math/seed-band';
import { countOf } from '../quantity';
import type { Trace } from './traces';

const LEVEL = `${100 * BAND_LEVEL}\u00a0%`;

/** What bands are, in as few words as a legend has room for. */
export const BAND_NAME = `${LEVEL} t-interval`;

/** How many seeds some means are of. */
export type SeedCounts = readonly [fewest: number, most: number];

/**
 * The fewest and the most seeds that a named line is of; a line that is no mean is of one. Null where there is no mean.
 */
export function seedCounts(traces: readonly Trace[]): SeedCounts | null {
  const named = traces.filter(({ line }) => line.label !== '' && line.length > 0 && line.weight !== 'seed');
  const means = named.flatMap(({ band }) => (band ? [band.seeds] : []));
  if (means.length === 0) return null;
  const alone = named.length > means.length ? [1] : [];
  return [Math.min(...alone, ...means.map(([fewest]) => fewest)), Math.max(...means.map(([, most]) => most))];
}

/**
 * What lines and bands are, as it is printed under a chart: `mean of 3 seeds, band: 95 % t-interval`.
 * @param log means and intervals are of logarithms
 * @param noun what is averaged: a seed, or a pair of runs
 */
export function bandNote([fewest, most]: SeedCounts, log: boolean, noun = 'seed'): string {
  const count = fewest === most ? countOf(most, noun) : `${fewest} to ${countOf(most, noun)}`;
  const where = fewest === 1 ? ' where more than 1' : '';
  return `${log ? 'geometric mean' : 'mean'} of ${count}, band: ${BAND_NAME}${log ? ' of the logarithms' : ''}${where}`;
}
