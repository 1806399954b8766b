import type { Problem } from '../spec/parse-spec';
import { X_AXES, type XAxis } from '../run/x-axis';

/** How the page is seen, from the link's hash. */
export interface View {
  x: XAxis;
  logX: boolean;
  /** Log or linear y axes; null leaves it to each metric. */
  logY: boolean | null;
  /** Weight of the past in the smoothed curve; 0 is off. */
  smoothing: number;
  /** Runs at once; null leaves it to the device. */
  parallel: number | null;
  /** Several seeds of a setting are drawn as their mean with a band. */
  means: boolean;
  /** The variant that differences are to; null leaves it to the card. */
  base: string | null;
  /** Whose difference is drawn: a variant, or `all`; null leaves it to the claims. */
  of: string | null;
  /** Metric of the difference curve; null leaves it to the claims. */
  diff: string | null;
}

export const MAX_SMOOTHING = 0.99;
export const MAX_PARALLEL = 4;
/** Stands for every variant but the baseline. */
export const ALL = 'all';
const USUAL: View = {
  x: 'step',
  logX: false,
  logY: null,
  smoothing: 0,
  parallel: null,
  means: true,
  base: null,
  of: null,
  diff: null,
};

/** Keys whose values are names that only the card knows. */
const NAMES = ['base', 'of', 'diff'] as const;

/** Keys of the hash that say where a link came from rather than how it is seen. */
export const PROVENANCE = ['build', 'spec', 'data'] as const;

/** Reads the view keys it knows. A bad value is listed and the usual one stands in its place. */
export function readView(keys: Readonly<Record<string, string>>): { view: View; problems: Problem[] } {
  const view = { ...USUAL };
  const problems: Problem[] = [];
  const refuse = (where: string, expected: string) =>
    problems.push({ where, message: `expected ${expected}, got "${keys[where] ?? ''}"` });

  const x = keys['x'];
  const axis = X_AXES.find((name) => name === x);
  if (axis) view.x = axis;
  else if (x !== undefined) refuse('x', `one of ${X_AXES.join(', ')}`);

  const scale = keys['xs'];
  if (scale === 'log') view.logX = true;
  else if (scale !== undefined && scale !== 'linear') refuse('xs', 'log or linear');

  const y = keys['y'];
  if (y === 'log' || y === 'linear') view.logY = y === 'log';
  else if (y !== undefined) refuse('y', 'log or linear');

  const smooth = keys['smooth'];
  if (smooth !== undefined) {
    const weight = Number(smooth);
    if (smooth.trim() !== '' && weight >= 0 && weight <= MAX_SMOOTHING) view.smoothing = weight;
    else refuse('smooth', `a number from 0 to ${MAX_SMOOTHING}`);
  }

  const parallel = keys['parallel'];
  if (parallel !== undefined) {
    if (/^[1-4]$/.test(parallel)) view.parallel = Number(parallel);
    else refuse('parallel', `a whole number from 1 to ${MAX_PARALLEL}`);
  }

  const bands = keys['bands'];
  if (bands === 'off') view.means = false;
  else if (bands !== undefined && bands !== 'on') refuse('bands', 'on or off');

  for (const key of NAMES) view[key] = keys[key] ?? null;
  return { view, problems };
}

/** Names in the view that are none of a card's, or not compared in a link: what stands in their place is the usual. */
export function unknownNames(
  view: View,
  { variants, metrics }: { variants: readonly string[]; metrics: readonly string[] },
): Problem[] {
  const known = { base: variants, of: [...variants, ALL], diff: metrics };
  return NAMES.flatMap((where) => {
    const name = view[where];
    if (name === null || known[where].includes(name)) return [];
    return [{ where, message: `expected one of ${known[where].join(', ')}, got "${name}"` }];
  });
}

/** The hash keys with some of the view changed. Usual values are left out; keys it does not know stay. */
export function withView(
  keys: Readonly<Record<string, string>>,
  change: Partial<View>,
): Record<string, string> {
  const { view } = readView(keys);
  const { x, logX, logY, smoothing, parallel, means, base, of, diff } = { ...view, ...change };
  const written: Record<string, string | null> = {
    x: x === USUAL.x ? null : x,
    xs: logX ? 'log' : null,
    y: logY === null ? null : logY ? 'log' : 'linear',
    smooth: smoothing === USUAL.smoothing ? null : String(Number(smoothing.toFixed(2))),
    parallel: parallel === null ? null : String(parallel),
    bands: means ? null : 'off',
    ...{ base, of, diff },
  };
  const kept = Object.entries(keys).filter(([key]) => !Object.hasOwn(written, key));
  const set = Object.entries(written).filter((entry): entry is [string, string] => entry[1] !== null);
  return Object.fromEntries([...kept, ...set]);
}

/** The hash keys without the provenance: a setting that was edited is no longer the one the link was made for. */
export const withoutProvenance = (keys: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(keys).filter(([key]) => !PROVENANCE.some((known) => known === key)));
