import fc from 'fast-check';
import { createRng } from '../../src/math/philox-rng';
import { gramianOf, type Gramian } from '../../src/methods/weighting/gramian';
import type { StepContext } from '../../src/methods/weighting/weighting-method';

/** Losses and gradients that break careless formulas, and arbitraries of them. */

export const f64 = (...values: number[]): Float64Array => Float64Array.from(values);

export const atStep = (step: number, epoch = 0): StepContext => ({
  epoch,
  rng: createRng(5).fork(`step ${step}`),
});

/** One loss, from 10⁻⁶ to 10⁴, evenly in its logarithm. */
export const anyLoss = fc
  .double({ min: Math.log(1e-6), max: Math.log(1e4), noNaN: true })
  .map((logarithm) => Math.exp(logarithm));

/** From 1 to 40 of them. */
export const anyLosses = fc
  .array(anyLoss, { minLength: 1, maxLength: 40 })
  .map((losses) => Float64Array.from(losses));

/** Losses as most runs have them, for laws that are exact but for rounding. */
export const commonLosses = fc
  .array(fc.double({ min: 0.05, max: 20, noNaN: true }), { minLength: 1, maxLength: 12 })
  .map((losses) => Float64Array.from(losses));

const normals = (count: number, label: string): number[] => {
  const rng = createRng(11).fork(label);
  return Array.from({ length: count }, () => rng.normal());
};

/** `tasks` gradients of `parameters` entries. */
export const gradients = (tasks: number, parameters: number, label = ''): number[][] =>
  Array.from({ length: tasks }, (_, k) => normals(parameters, `${label} ${tasks} ${parameters} ${k}`));

const scaled = (rows: number[][], exponent: (k: number) => number): number[][] =>
  rows.map((row, k) => row.map((value) => value * 10 ** exponent(k)));

/** Every sort of gradients that has ever given trouble. */
export const gradientZoo: Record<string, number[][]> = {
  'one task': gradients(1, 3),
  'one task without a gradient': [[0, 0]],
  'two that conflict': [
    [-4, 1, 1],
    [6, 1, 1],
  ],
  'two that agree': [
    [1, 2],
    [2, 1],
  ],
  'two that are equal': [
    [1, -2],
    [1, -2],
  ],
  'two that are opposite': [
    [1, 2],
    [-3, -6],
  ],
  'three generic ones': gradients(3, 5),
  'twelve in two dimensions': gradients(12, 2),
  'forty, of rank 3': gradients(40, 3),
  'forty, of full rank': gradients(40, 60),
  'four that are equal': Array.from({ length: 4 }, () => [3, -1, 2]),
  'four nearly equal': gradients(4, 6).map((row) => row.map((value, i) => (i + 1) / 3 + 1e-9 * value)),
  'three without a gradient': [
    [0, 0],
    [0, 0],
    [0, 0],
  ],
  'one of three without a gradient': [
    [1, 2],
    [0, 0],
    [2, -5],
  ],
  'lengths from 1e-6 to 1e4': scaled(gradients(6, 4), (k) => 2 * k - 6),
  'forty lengths from 1e-20 to 1e19': scaled(gradients(40, 50), (k) => k - 20),
  'all tiny': scaled(gradients(5, 4), () => -80),
  'all huge': scaled(gradients(5, 4), () => 80),
  'around zero, whose hull holds it': [
    [1, 0, 0],
    [-0.5, 0.8, 0],
    [-0.5, -0.8, 0.1],
    [-0.1, 0, -0.3],
  ],
};

/** The zoo as Gramians, and what rounding makes of one: on the device entries are float32. */
export const gramianZoo: [name: string, gramian: Gramian][] = Object.entries(gradientZoo).flatMap(
  ([name, rows]): [string, Gramian][] => {
    const gramian = gramianOf(rows);
    const rounded = { ...gramian, products: gramian.products.map(Math.fround) };
    return rounded.products.every(
      (value, i) => Number.isFinite(value) && (value !== 0 || gramian.products[i] === 0),
    )
      ? [
          [name, gramian],
          [`${name}, in float32`, rounded],
        ]
      : [[name, gramian]];
  },
);

/** Generic gradients of 1 to 8 tasks with 1 to 8 parameters, of lengths within a few orders of magnitude. */
export const anyGradients = fc
  .record({
    tasks: fc.integer({ min: 1, max: 8 }),
    parameters: fc.integer({ min: 1, max: 8 }),
    seed: fc.integer(),
    spread: fc.integer({ min: 0, max: 3 }),
  })
  .map(({ tasks, parameters, seed, spread }) =>
    scaled(gradients(tasks, parameters, `any ${seed}`), (k) => ((k % 3) - 1) * spread),
  );

/** Σₖ cₖ gₖ. */
export const combined = (coefficients: Float64Array, rows: readonly number[][]): number[] =>
  (rows[0] ?? []).map((_, i) =>
    rows.reduce((sum, row, k) => sum + (coefficients[k] ?? NaN) * (row[i] ?? NaN), 0),
  );

export const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, value, i) => sum + value * (b[i] ?? NaN), 0);

export const norm = (a: ArrayLike<number>): number => Math.sqrt(dot(a, a));

export const sum = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((total, value) => total + value, 0);

/** The largest difference, as a share of the larger of the largest entry and `scale`. */
export function difference(a: ArrayLike<number>, b: ArrayLike<number>, scale = 0): number {
  if (a.length !== b.length) return Infinity;
  const gaps = Array.from(a, (value, i) => Math.abs(value - (b[i] ?? NaN)));
  const largest = Math.max(scale, ...Array.from(a, Math.abs), ...Array.from(b, Math.abs));
  return largest === 0 ? 0 : Math.max(...gaps) / largest;
}

/** Derivative of a function of several numbers by central differences. */
export function slopes(f: (x: Float64Array) => number, x: Float64Array, relative = 1e-5): Float64Array {
  return x.map((value, k) => {
    const h = relative * Math.max(0.1, Math.abs(value));
    const at = (moved: number) => f(x.map((other, i) => (i === k ? moved : other)));
    return (at(value + h) - at(value - h)) / (2 * h);
  });
}
