import quantile from '@stdlib/stats-base-dists-t-quantile';
import type { TQuantile } from './interval';

/** The library is half as large as the page, 38 kB compressed: the page loads this module when it first needs it. */
export const tQuantile: TQuantile = quantile;
