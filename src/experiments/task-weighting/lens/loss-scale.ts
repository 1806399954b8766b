import { median } from 'd3';
import type { MetricColumns } from '../../../run/run-series';
import { numbersIn } from '../../../spec/knob';
import { sameButFor } from './same-but-for';
import { tells, type LensRun } from './lens-run';

/** Updates that differ by no more than this factor count as about the same. */
export const ABOUT_SAME = 1.25;
export const TRUNK = 'trunk';

/** What the scales of the losses did to the updates of one variant. */
export interface ScaleEffect<R extends LensRun> {
  unscaled: R;
  scaled: R;
  /** What the losses of the tasks, in their order, are multiplied by. */
  scales: readonly number[];
  /** Seeds that are pooled. */
  seeds: number;
  /** By group of parameters, the median over the measurements of update with ÷ update without scales; NaN of none. */
  factors: ReadonlyMap<string, number>;
}

/** Groups of parameters that any of the runs measured: the trunk, then the heads in the order of their tasks. */
export const measuredGroups = (runs: readonly LensRun[], tasks: readonly string[]): string[] =>
  [TRUNK, ...tasks].filter((group) =>
    runs.some((run) => tells(run, `gradient.${group}`) || tells(run, `update.${group}`)),
  );

const scalesOf = ({ spec }: LensRun): number[] => numbersIn(String(spec['scales']));

const isUnscaled = (run: LensRun): boolean => scalesOf(run).every((scale) => scale === 1);

/** Ratios a ∕ b at the steps that both columns have. */
function ratios(a: MetricColumns | undefined, b: MetricColumns | undefined): number[] {
  if (!a || !b) return [];
  const others = new Map(Array.from({ length: b.length }, (_, i) => [b.step[i], b.value[i]] as const));
  return Array.from(
    { length: a.length },
    (_, i) => (a.value[i] ?? NaN) / (others.get(a.step[i]) ?? NaN),
  ).filter((ratio) => Number.isFinite(ratio));
}

/** For every pair of runs that differ in the losses' scales alone, one of them unscaled, pooled over seeds. */
export function scaleEffects<R extends LensRun>(
  runs: readonly R[],
  groups: readonly string[],
): ScaleEffect<R>[] {
  const measured = runs.filter((run) => groups.some((group) => tells(run, `update.${group}`)));
  const pairs = measured
    .filter(isUnscaled)
    .flatMap((unscaled) =>
      measured
        .filter((scaled) => !isUnscaled(scaled) && sameButFor('scales', unscaled, scaled))
        .map((scaled) => ({ unscaled, scaled })),
    );
  const kinds = new Map<string, typeof pairs>();
  for (const pair of pairs) {
    const key = `${pair.unscaled.specDigest} ${pair.scaled.specDigest}`;
    kinds.set(key, [...(kinds.get(key) ?? []), pair]);
  }
  return [...kinds.values()].flatMap((ofKind) => {
    const [first] = ofKind;
    if (!first) return [];
    const factors = groups.map((group) => {
      const pooled = ofKind.flatMap(({ unscaled, scaled }) =>
        ratios(scaled.series.of(`update.${group}`), unscaled.series.of(`update.${group}`)),
      );
      return [group, median(pooled) ?? NaN] as const;
    });
    return [{ ...first, scales: scalesOf(first.scaled), seeds: ofKind.length, factors: new Map(factors) }];
  });
}

const isSame = (factor: number): boolean => Math.abs(Math.log(factor)) <= Math.log(ABOUT_SAME);

/**
 * What the factors say, in a few words. Heads whose loss has the scale 1 say nothing of themselves.
 * @param scaleOf what the loss of a head's task is multiplied by
 */
export function effectWords(factors: ReadonlyMap<string, number>, scaleOf: (task: string) => number): string {
  const known = [...factors].filter(([, factor]) => Number.isFinite(factor));
  const trunk = known.find(([group]) => group === TRUNK)?.[1];
  const heads = known.filter(([group]) => group !== TRUNK && scaleOf(group) !== 1);
  const felt = heads.filter(([, factor]) => !isSame(factor)).length;
  if (heads.length > 0 && felt === 0 && trunk !== undefined && isSame(trunk))
    return 'Invariant: trunk and heads as before';
  const ofHeads =
    heads.length === 0
      ? []
      : felt === 0
        ? ['heads as before']
        : [
            felt === heads.length
              ? 'heads feel the scales'
              : `${felt} of ${heads.length} scaled heads feel it`,
          ];
  const ofTrunk = trunk === undefined ? [] : [isSame(trunk) ? 'trunk as before' : 'trunk feels the scales'];
  const words = [...ofHeads, ...ofTrunk].join(', ') || 'nothing measured';
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A factor with its sign of multiplication: `× 1.00`, `× 8,400`, `× 0.0021`. */
export function factorText(factor: number): string {
  if (!Number.isFinite(factor)) return '–';
  if (factor >= 1000 || factor < 0.001)
    return `× ${Number(factor.toPrecision(2)).toLocaleString('en', { maximumSignificantDigits: 2 })}`;
  return `× ${factor >= 10 ? factor.toPrecision(3) : factor.toFixed(factor < 0.1 ? 4 : 2)}`;
}
