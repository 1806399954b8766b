import type { MetricColumns, RunSeries } from '../../../run/run-series';
import type { ChartLine, LineTick, XRange } from '../../../ui/charts/line';
import { countText } from '../../../ui/quantity';
import { TERMINAL_ACCURACY, TerminalPhase } from '../terminal-phase';

/** Where a run stands to the terminal phase. */
export interface Terminal {
  /** First measured step since which training accuracy has stayed at 99.9 % or above; null where it is below. */
  since: number | null;
  /** It had been reached before, and was left again. */
  lostBefore: boolean;
  /** The latest measurement. */
  step: number;
  accuracy: number;
}

/** The terminal phase of a run by its training accuracies; null where it has measured none. */
export function terminalOf(series: Pick<RunSeries, 'of'>): Terminal | null {
  const told = series.of('trainAccuracy');
  if (!told || told.length === 0) return null;
  const phase = new TerminalPhase();
  let lostBefore = false;
  for (let i = 0; i < told.length; i++) {
    const before = phase.since;
    phase.add(told.step[i] ?? NaN, told.value[i] ?? NaN);
    if (before !== null && phase.since === null) lostBefore = true;
  }
  const last = told.length - 1;
  return { since: phase.since, lostBefore, step: told.step[last] ?? NaN, accuracy: told.value[last] ?? NaN };
}

const PER_CENT = `${(100 * TERMINAL_ACCURACY).toFixed(1)}\u00a0%`;

/** What happens where the terminal phase begins, for the cross-hair. */
export const terminalTick = (since: number): LineTick => ({
  x: since,
  label: `≥ ${PER_CENT} training accuracy from here on`,
});

/**
 * The stretch from where the terminal phase of a run begins, in the colour of its curve. Of further seeds only its beginning is
 * marked.
 * @param label written in the chart
 */
export const terminalRange = ({ id, color, weight }: ChartLine, since: number, label: string): XRange => ({
  id: `${id} terminal`,
  ...{ from: since, to: Infinity, label, color },
  ...(weight === 'seed' ? { strength: 0.25, bare: true } : { strength: 0.55 }),
});

/** A value's change by less than this factor is told as hardly any. */
const HARDLY = 1.1;

const short = (value: number): string =>
  (Math.abs(value) < 1e-4 && value !== 0 ? value.toExponential(1) : value.toPrecision(2)).replaceAll(
    '-',
    '−',
  );

/** Rounded down: 99.9 % is only what reaches it. */
const accuracyText = (accuracy: number): string =>
  `${(Math.floor(1e4 * accuracy + 1e-6) / 100).toFixed(2)}\u00a0%`;

/** The value told at a step, or the first one after it. */
export function valueFrom(columns: MetricColumns | undefined, step: number): number | null {
  if (!columns) return null;
  for (let i = 0; i < columns.length; i++)
    if ((columns.step[i] ?? NaN) >= step) return columns.value[i] ?? null;
  return null;
}

/**
 * When the terminal phase of a run began and what NC1 did since, in two sentences at most.
 * @param live more measurements will come
 */
export function terminalWords(series: Pick<RunSeries, 'of' | 'latest'>, live: boolean): string {
  const terminal = terminalOf(series);
  if (!terminal) return live ? 'Nothing measured yet.' : 'Nothing was measured.';
  const { since, lostBefore, step, accuracy } = terminal;
  if (since === null) {
    const before = lostBefore ? ' any more' : live ? ' yet' : '';
    return `${PER_CENT} training accuracy is not reached${before}: it is ${accuracyText(accuracy)} at step ${countText(step)}.`;
  }
  const start = `≥ ${PER_CENT} training accuracy from step ${countText(since)}${lostBefore ? ', after it had been reached and left again' : ''}.`;
  const first = valueFrom(series.of('nc1'), since);
  const last = series.latest('nc1');
  if (first === null || last === undefined || !(first > 0) || step === since) return start;
  const change = last / first;
  const course = `from ${short(first)} to ${short(last)} (× ${short(change)})`;
  if (change > HARDLY) return `${start} NC1 rose since, ${course}.`;
  return change < 1 / HARDLY
    ? `${start} NC1 went on falling, ${course}.`
    : `${start} NC1 hardly changed since, ${course}.`;
}

/** First step since which a series has been exactly 0; null where its latest value is not. */
export function zeroFrom(columns: MetricColumns | undefined): number | null {
  if (!columns || columns.length === 0) return null;
  let first: number | null = null;
  for (let i = columns.length - 1; i >= 0 && columns.value[i] === 0; i--) first = columns.step[i] ?? null;
  return first;
}
