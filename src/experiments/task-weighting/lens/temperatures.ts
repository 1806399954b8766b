import { group } from 'd3';
import { spearman, type Correlation } from '../../../math/correlation';
import { mean } from '../../../math/interval';
import type { MetricInfo } from '../../../run/card';
import { plainNumber } from '../../../ui/knob-text';
import { countOf, metricText } from '../../../ui/quantity';
import type { LensRun } from './lens-run';
import { sameSettingBut } from './same-but-for';

/** UW-SO at one temperature, mean over seeds. */
export interface Scanned {
  temperature: number;
  /** Δm on validation images after a quarter of the training, and on test images at its end. */
  quarter: number;
  end: number;
  seeds: number;
}

/**
 * Finished UW-SO runs by temperature, coldest first. Where they differ in more than that, those count that share the
 * setting of most.
 */
export function scanned(runs: readonly LensRun[]): Scanned[] {
  const told = runs.flatMap((run) => {
    const [quarter, end] = [run.series.latest('quarterDeltaM'), run.series.latest('deltaM')];
    const counts = run.spec['method'] === 'uw-so' && run.status === 'done';
    return counts && quarter !== undefined && end !== undefined ? [{ run, quarter, end }] : [];
  });
  const settings = [...group(told, ({ run }) => sameSettingBut('temperature', run)).values()];
  const [largest = []] = settings.toSorted((a, b) => b.length - a.length);
  return [...group(largest, ({ run }) => Number(run.spec['temperature']))]
    .map(([temperature, of]) => ({
      temperature,
      quarter: mean(of.map(({ quarter }) => quarter)),
      end: mean(of.map(({ end }) => end)),
      seeds: of.length,
    }))
    .sort((a, b) => a.temperature - b.temperature);
}

const best = (of: readonly Scanned[], when: 'quarter' | 'end'): Scanned | undefined =>
  of.filter((one) => Number.isFinite(one[when])).toSorted((a, b) => a[when] - b[when])[0];

/** Spearman's correlation of Δm at the quarter and at the end over the temperatures that have both. */
export function scanCorrelation(of: readonly Scanned[]): Correlation {
  const finite = of.filter(({ quarter, end }) => Number.isFinite(quarter) && Number.isFinite(end));
  return spearman(
    finite.map(({ quarter }) => quarter),
    finite.map(({ end }) => end),
  );
}

/** Which temperature is best when, and whether the early one tells of the late one; '' for fewer than two. */
export function scanWords(of: readonly Scanned[], info: MetricInfo): string {
  const [early, late] = [best(of, 'quarter'), best(of, 'end')];
  if (of.length < 2 || !early || !late) return '';
  const { coefficient, n } = scanCorrelation(of);
  const rank = Number.isNaN(coefficient)
    ? `Their ranks cannot be correlated: ${countOf(n, 'temperature')}.`
    : `Spearman’s correlation of the two is ${coefficient.toFixed(2).replace('-', '−')} (n = ${n}).`;
  const at = (one: Scanned, when: 'quarter' | 'end'): string =>
    `T = ${plainNumber(one.temperature)} (Δm ${metricText(info, one[when])})`;
  const same = early.temperature === late.temperature;
  return `Of ${countOf(of.length, 'temperature')} ${at(early, 'quarter')} is best on validation images after a quarter of the training, and ${same ? `it is also best on test images at the end (Δm ${metricText(info, late.end)})` : `${at(late, 'end')} on test images at the end`}. ${rank}`;
}
