import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/math/philox-rng';
import { responses } from '../../src/methods/tract/response';
import { spectrum } from '../../src/methods/tract/spectrum';

const normals = (count: number, label: string) => {
  const rng = createRng(1).fork(label);
  return Float32Array.from({ length: count }, () => rng.normal());
};

/** Images that differ in nothing but their contrast. */
function sampleOf(contrasts: readonly number[], rows: number, inputs: number, outputs: number) {
  const [image, gradient] = [normals(rows * inputs, 'x'), normals(rows * outputs, 'dz')];
  return {
    x: Float32Array.from(contrasts.flatMap((contrast) => [...image].map((value) => contrast * value))),
    dz: Float32Array.from(contrasts.flatMap(() => [...gradient])),
    images: contrasts.length,
    rows,
  };
}

describe.each([
  ['more rows than inputs', 20, 6],
  ['fewer rows than inputs', 6, 20],
])('the change of pre-activations with %s', (_, rows, inputs) => {
  const contrasts = [0.25, 0.5, 1, 2];
  const sample = sampleOf(contrasts, rows, inputs, 3);

  it('grows with the square of the contrast for the plain gradient', () => {
    const { vanilla } = responses(sample, 0.1);
    const [first = NaN] = vanilla;
    for (const [i, value] of vanilla.entries())
      expect(value / first).toBeCloseTo(((contrasts[i] ?? NaN) / 0.25) ** 2, 4);
  });

  it('does not depend on the contrast for TrAct as λ goes to 0', () => {
    const { tract } = responses(sample, 1e-7);
    for (const value of tract) expect(value / (tract[0] ?? NaN)).toBeCloseTo(1, 3);
  });

  it('is flatter for TrAct than for the plain gradient at any λ', () => {
    const { tract, vanilla } = responses(sample, 0.1);
    const spread = (values: Float32Array) => (values.at(-1) ?? NaN) / (values[0] ?? NaN);
    expect(spread(tract)).toBeGreaterThan(1);
    expect(spread(tract)).toBeLessThan(spread(vanilla) / 4);
  });

  it('is λ times smaller than the plain one as λ grows', () => {
    const { tract, vanilla } = responses(sample, 1e6);
    for (const [i, value] of tract.entries()) expect((value * 1e6) / (vanilla[i] ?? NaN)).toBeCloseTo(1, 3);
  });
});

it('is all that is asked for where rows are fewer than inputs and λ is small, and less elsewhere', () => {
  const wide = responses(sampleOf([1, 3], 6, 20, 3), 1e-8);
  for (const [i, value] of wide.tract.entries()) expect(value / (wide.asked[i] ?? NaN)).toBeCloseTo(1, 4);
  const tall = responses(sampleOf([1, 3], 60, 5, 3), 1e-8);
  for (const [i, value] of tall.tract.entries()) expect(value / (tall.asked[i] ?? NaN)).toBeLessThan(0.6);
});

it('is 0 for a black image, and finite', () => {
  const black = { ...sampleOf([1], 6, 20, 3), x: new Float32Array(6 * 20) };
  const { vanilla, tract } = responses(black, 0.1);
  expect([...vanilla, ...tract]).toEqual([0, 0]);
});

it('has the values of a layer worked by hand', () => {
  // One row x = (1, 2), dz = 3: x xᵀ dz = 15, and 5 · 3 / (5 + λ).
  const sample = { x: Float32Array.of(1, 2), dz: Float32Array.of(3), images: 1, rows: 1 };
  const { asked, vanilla, tract } = responses(sample, 1);
  expect([asked[0], vanilla[0], tract[0]]).toEqual([3, 15, 2.5]);
});

describe('the spectrum of the inputs', () => {
  it('is that of the Gram matrix, from either side', () => {
    // Rows (3, 0), (0, 1): C = diag(9, 1) / 2.
    expect([...spectrum(Float32Array.of(3, 0, 0, 1), 2)]).toEqual([4.5, 0.5]);
    const values = normals(7 * 4, 'values');
    const tall = spectrum(values, 7);
    const transposed = Float32Array.from(
      { length: 28 },
      (_, i) => values[(i % 7) * 4 + Math.floor(i / 7)] ?? NaN,
    );
    const wide = spectrum(transposed, 4);
    expect(tall).toHaveLength(4);
    expect(wide).toHaveLength(4);
    for (const [i, value] of tall.entries()) expect((wide[i] ?? NaN) * (4 / 7)).toBeCloseTo(value, 5);
    const trace = values.reduce((sum, value) => sum + value ** 2, 0) / 7;
    expect(tall.reduce((sum, value) => sum + value, 0)).toBeCloseTo(trace, 5);
  });

  it('is never below 0, and shows what is not a number', () => {
    const alike = Float32Array.from({ length: 30 }, () => 2.5);
    for (const value of spectrum(alike, 10)) expect(value).toBeGreaterThanOrEqual(0);
    expect([...spectrum(Float32Array.of(1, NaN), 1)]).toEqual([NaN]);
  });
});
