import { quantileSorted } from 'd3';
import { mean, standardDeviation } from '../../../math/interval';
import type { RunSeries } from '../../../run/run-series';

/** Measures of how two gradients of the trunk stand to each other, between tasks and between images of one task. */
export const MEASURES = [
  { label: 'Cosine', tasks: 'taskCosine', images: 'sampleCosine' },
  { label: 'Magnitude similarity', tasks: 'taskMagnitude', images: 'sampleMagnitude' },
  { label: 'Opposite signs', tasks: 'taskOpposite', images: 'sampleOpposite' },
  { label: 'Conflicts', tasks: 'taskConflicts', images: 'sampleConflicts' },
] as const;

/** A series over its measurements. */
export interface Spread {
  n: number;
  mean: number;
  /** NaN of one measurement. */
  deviation: number;
  /** 2.5th and 97.5th percentile. */
  low: number;
  high: number;
}

/** Null where nothing was measured. Values that are not finite are left out. */
export function spreadOf(series: RunSeries, metric: string): Spread | null {
  const columns = series.of(metric);
  const values = Array.from(columns?.value.subarray(0, columns.length) ?? [])
    .filter((value) => Number.isFinite(value))
    .sort((a, b) => a - b);
  if (values.length === 0) return null;
  return {
    n: values.length,
    mean: mean(values),
    deviation: standardDeviation(values) ?? NaN,
    low: quantileSorted(values, 0.025) ?? NaN,
    high: quantileSorted(values, 0.975) ?? NaN,
  };
}

/** How a measure between tasks compares with the same between images. */
interface Comparison {
  tasks: number;
  images: number;
  /** Share of the measurements in which it is lower between tasks. */
  lower: number;
}

/** Null where no step has both. */
export function compareAt(series: RunSeries, tasks: string, images: string): Comparison | null {
  const [ours, theirs] = [series.of(tasks), series.of(images)];
  if (!ours || !theirs) return null;
  const others = new Map(
    Array.from({ length: theirs.length }, (_, i) => [theirs.step[i], theirs.value[i]] as const),
  );
  const pairs = Array.from(
    { length: ours.length },
    (_, i) => [ours.value[i] ?? NaN, others.get(ours.step[i]) ?? NaN] as const,
  ).filter(([a, b]) => Number.isFinite(a) && Number.isFinite(b));
  if (pairs.length === 0) return null;
  return {
    tasks: mean(pairs.map(([a]) => a)),
    images: mean(pairs.map(([, b]) => b)),
    lower: pairs.filter(([a, b]) => a < b).length / pairs.length,
  };
}

/** From this share of the measurements on something counts as the rule. */
const USUALLY = 0.75;

const isLower = ({ lower }: Comparison): boolean => lower >= USUALLY;
const isHigher = ({ lower }: Comparison): boolean => lower <= 1 - USUALLY;

/** Without a sign where that leaves nothing. */
const twoDecimals = (value: number): string =>
  value
    .toFixed(2)
    .replace(/^-0\.00$/, '0.00')
    .replace('-', '\u2212');

function comparisonWords(what: string, comparison: Comparison): string {
  const { tasks, images, lower } = comparison;
  const numbers = `${twoDecimals(tasks)} against ${twoDecimals(images)} on average; lower in ${Math.round(100 * lower)} % of the measurements`;
  if (isLower(comparison))
    return `${what} is lower between tasks than between images of one task (${numbers}).`;
  if (isHigher(comparison))
    return `${what} is higher between tasks than between images of one task (${numbers}).`;
  return `${what} is neither clearly lower nor higher between tasks than between images of one task (${numbers}).`;
}

/** What the measurements say of the finding of Elich et al. 2023, in plain words; '' where nothing was measured. */
export function similarityWords(series: RunSeries): string {
  const magnitude = compareAt(series, 'taskMagnitude', 'sampleMagnitude');
  const cosine = compareAt(series, 'taskCosine', 'sampleCosine');
  if (!magnitude || !cosine) return '';
  const agrees = isLower(magnitude) && !isLower(cosine);
  return [
    comparisonWords('Magnitude similarity', magnitude),
    comparisonWords('Cosine', cosine),
    `Elich et al. (2023) find magnitudes lower between tasks, and directions not: this run ${agrees ? 'agrees' : 'does not show that'}.`,
  ].join(' ');
}
