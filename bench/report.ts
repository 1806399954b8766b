import type { Figures } from './contest';
import type { Pair } from './job';
import type { ProgramTime } from './profile';
import type { Results, ScaledPair } from './results';
import { fittedExponent, type Summary } from './statistics';
import { textTable, type Rows } from './table';

/** Three significant digits, without an exponent. */
export const digits = (value: number): string =>
  value >= 100
    ? value.toFixed(0)
    : value >= 10
      ? value.toFixed(1)
      : value >= 1
        ? value.toFixed(2)
        : value.toPrecision(2);

/** Median, and in brackets the quartiles, where there is more than one measurement. */
const spread = ({ count, median, lowerQuartile, upperQuartile }: Summary): string =>
  count === 1 ? digits(median) : `${digits(median)} (${digits(lowerQuartile)}–${digits(upperQuartile)})`;

const HEAD = [
  'engine',
  'ms per step (quartiles)',
  'n',
  'steps/s',
  'script ms',
  'dispatches',
  'submits',
  'buffers',
  'device MB',
  'first step s',
  'GFLOP/s',
  'loss differs by',
];

const none = '—';

/** Why there are no figures, in words. */
function absence(outcome: Exclude<Pair['outcome'], { status: 'measured' }>): string {
  switch (outcome.status) {
    case 'not implemented':
      return 'not implemented';
    case 'unavailable':
      return `does not run here: ${outcome.reason}`;
    case 'failed':
      return `failed: ${outcome.reason}`;
    case 'disagrees': {
      const { difference, losses } = outcome.check;
      const numbers = losses.map((loss) => loss?.toFixed(5) ?? 'not finite').join(', ');
      return difference === null
        ? `not timed: its losses are ${numbers}`
        : `not timed: its losses ${numbers} differ from ours by ${difference.toExponential(0)}`;
    }
  }
}

const figuresOf = ({ outcome }: Pair): Figures | null =>
  outcome.status === 'measured' ? outcome.figures : null;

function cellsOf(pair: Pair): string[] {
  const { outcome } = pair;
  if (outcome.status !== 'measured') return [pair.engine, ...HEAD.slice(1).map(() => none)];
  const { figures, check } = outcome;
  const { stepMs, scriptMs, traffic, deviceBytes, firstStepMs } = figures;
  return [
    pair.engine,
    spread(stepMs),
    String(stepMs.count),
    digits(1000 / stepMs.median),
    digits(scriptMs.median),
    traffic ? String(traffic.dispatches) : none,
    traffic ? String(traffic.submits) : none,
    traffic ? String(traffic.buffersMade) : none,
    deviceBytes === null ? none : digits(deviceBytes / 1e6),
    digits(firstStepMs / 1000),
    digits(pair.flopsPerStep / stepMs.median / 1e6),
    check.difference?.toExponential(0).replace('0e+0', '0') ?? none,
  ];
}

/** One workload's engines, one per row, the head first. */
export const pairRows = (pairs: readonly Pair[]): Rows => [HEAD, ...pairs.map(cellsOf)];

/** What the rows do not say: why an engine has no figures, and what to know about those of others. */
export function pairNotes(pairs: readonly Pair[]): string[] {
  return pairs.flatMap(({ engine, outcome }) => {
    const note = outcome.status === 'measured' ? outcome.figures.note : absence(outcome);
    return note === null ? [] : [`${engine}: ${note}`];
  });
}

/** Results by workload, in the order they were measured. */
export const byWorkload = (pairs: readonly Pair[]): Map<string, Pair[]> => {
  const groups = new Map<string, Pair[]>();
  for (const pair of pairs) groups.set(pair.workload, [...(groups.get(pair.workload) ?? []), pair]);
  return groups;
};

/** One row per engine and size: its milliseconds at each value, and the exponent they grow with. */
export function scalingTables(scaling: readonly ScaledPair[]): string[] {
  return [...new Set(scaling.map(({ axis }) => axis))].map((axis) => {
    const pairs = scaling.filter((scaled) => scaled.axis === axis).map(({ pair }) => pair);
    const values = [...new Set(pairs.map(({ sizes }) => sizes[axis] ?? NaN))];
    const rows = [...new Set(pairs.map(({ engine }) => engine))].flatMap((engine) => {
      const own = pairs.filter((pair) => pair.engine === engine);
      return SCALED.map(({ name, of }) => {
        const points = own.flatMap((pair) => {
          const figures = figuresOf(pair);
          const value = figures ? of(figures) : null;
          return value === null || value === 0 ? [] : [[pair.sizes[axis] ?? NaN, value] as const];
        });
        const cells = values.map((x) => points.find(([at]) => at === x)?.[1]);
        const exponent = points.length > 1 ? fittedExponent(points).toFixed(2) : none;
        return [`${engine}: ${name}`, ...cells.map((y) => (y === undefined ? none : digits(y))), exponent];
      });
    });
    return textTable([[axis, ...values.map(String), 'exponent'], ...rows]);
  });
}

/** What a method costs or saves per step: our engine's time on each workload by its time on the first of the group. */
export function comparisonText(pairs: readonly Pair[]): string {
  const [base, ...others] = pairs;
  const baseMs = base && figuresOf(base)?.stepMs.median;
  const lines = others.map((pair) => {
    const ms = figuresOf(pair)?.stepMs.median;
    if (!base || baseMs === undefined || ms === undefined) return `${pair.workload}: not measured`;
    const [quotient, flops] = [digits(ms / baseMs), digits(pair.flopsPerStep / base.flopsPerStep)];
    return `${pair.workload} takes ${quotient} of the time of ${base.workload} (${digits(ms)} ms of ${digits(baseMs)} ms) for ${flops} of its FLOPs`;
  });
  return [`Side by side on ${base?.engine ?? ''}:`, ...lines].join('\n');
}

/** What is followed over the sizes. */
const SCALED: readonly { name: string; of: (figures: Figures) => number | null }[] = [
  { name: 'ms per step', of: ({ stepMs }) => stepMs.median },
  { name: 'script ms', of: ({ scriptMs }) => scriptMs.median },
  { name: 'dispatches', of: ({ traffic }) => traffic?.dispatches ?? null },
  { name: 'device MB', of: ({ deviceBytes }) => (deviceBytes === null ? null : deviceBytes / 1e6) },
];

/** What the figures were measured on, in one sentence. */
export function circumstances({
  date,
  where,
  machine,
  versions,
  baseline,
  build,
  isUncommitted,
}: Results): string {
  const versionList = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const software = baseline.software ? ', a software adapter' : '';
  return (
    `${where === 'browser' ? 'In one page of a headless browser' : 'In one Node process'} on ${baseline.adapter}${software}, ` +
    `${machine.processor}, ${machine.cores} cores, ${machine.system}, ${date.slice(0, 10)}; ` +
    `${versionList.join(', ')}; Seedlab ${build}${isUncommitted ? ' with uncommitted changes' : ''}. ` +
    `There a buffer copy moves ${digits(baseline.copyGBs.median)} GB/s, and our 1024³ matrix product makes ` +
    `${digits(baseline.matmulGflops.median)} GFLOP/s.`
  );
}

/** Programs by the time they take, with the share of all. */
export function profileText(programs: readonly ProgramTime[]): string {
  const total = programs.reduce((sum, { ms }) => sum + ms, 0);
  const rows = programs.map(({ program, count, ms }) => [
    program,
    String(count),
    digits(ms),
    `${((100 * ms) / total).toFixed(1)} %`,
  ]);
  const dispatches = programs.reduce((sum, { count }) => sum + count, 0);
  return textTable([
    ['program', 'n', 'ms', 'share'],
    ...rows,
    ['all', String(dispatches), digits(total), ''],
  ]);
}

/** The whole report for a terminal. */
export function terminalReport(results: Results): string {
  const parts = [circumstances(results)];
  for (const [workload, pairs] of byWorkload(results.pairs)) {
    const [{ flopsPerStep, sizes } = { flopsPerStep: NaN, sizes: {} }] = pairs;
    const sizeWords = Object.entries(sizes).map(([name, value]) => `${name} ${value}`);
    parts.push(
      [
        `${workload}: ${sizeWords.join(', ')}; ${digits(flopsPerStep / 1e9)} GFLOP a step`,
        textTable(pairRows(pairs)),
        ...pairNotes(pairs),
      ].join('\n'),
    );
  }
  return [...parts, ...results.comparisons.map(comparisonText), ...scalingTables(results.scaling)].join(
    '\n\n',
  );
}
