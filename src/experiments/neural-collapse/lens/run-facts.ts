import type { RunFacts } from '../../../run/events';
import type { RunSeries } from '../../../run/run-series';
import type { RunSnapshots } from '../../../run/run-snapshots';
import { PICTURED } from '../geometry-snapshot';

interface Pictured {
  snapshots: Pick<RunSnapshots, 'latest'>;
}

/** Training images of each class, in their order; none where the run has not said. */
export const classSizesOf = ({ snapshots }: Pictured): number[] =>
  Array.from(snapshots.latest(PICTURED)?.arrays['sizes']?.values ?? []);

/** Names of the layers, first to last; none where the run has not said. */
export const layerNamesOf = ({ facts }: { facts?: Pick<RunFacts, 'details'> | undefined }): string[] =>
  facts?.details['Layers']?.split(', ') ?? [];

/** |w_c| of every class by the closed form; nulls where it does not cover the setting. */
export const predictedLengths = (series: Pick<RunSeries, 'latest'>, classes: number): (number | null)[] =>
  Array.from({ length: classes }, (_, c) => series.latest(`predictedClassLength.${c + 1}`) ?? null);
