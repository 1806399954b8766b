import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { withBands } from '../../src/ui/charts/axis-range';
import { bandNote, seedCounts } from '../../src/ui/charts/band-words';
import { decimateBand } from '../../src/ui/charts/decimate-band';
import type { ChartLine, SeedGroup } from '../../src/ui/charts/line';
import { readAt } from '../../src/ui/charts/readings';
import { smooth } from '../../src/ui/charts/smooth';
import { tableData } from '../../src/ui/charts/table-rows';
import { Tracer } from '../../src/ui/charts/traces';

const NBSP = '\u00a0';

function line(id: string, y: readonly number[], changes: Partial<ChartLine> = {}): ChartLine {
  return {
    ...{ id, label: id, color: 1, weight: 'method', live: false },
    ...{ x: Float64Array.from(y, (_, i) => 10 * (i + 1)), y: Float64Array.from(y), length: y.length },
    ...changes,
  };
}

function group(
  label: string,
  seeds: readonly (readonly number[])[],
  changes: Partial<SeedGroup> = {},
): SeedGroup {
  const members = seeds.map((y, i) => {
    const one = line(`${label} ${i}`, y, { label: '', weight: 'seed' });
    return { ...one, step: one.x };
  });
  return { id: label, label, color: 1, weight: 'method', members, sharedX: true, ...changes };
}

const meanOf = (tracer: Tracer, groups: SeedGroup[], smoothing = 0, log = false) => {
  const found = tracer.trace([], smoothing, log, groups).find(({ line: { label } }) => label !== '');
  if (!found) throw new Error('There is no mean');
  return found;
};

describe('a group of seeds', () => {
  test('is drawn as its mean in front of its seeds, which have no name', () => {
    const traces = new Tracer().trace([line('alone', [5])], 0, false, [group('A', [[1, 2], [3, 4]])]); // prettier-ignore
    expect(traces.map(({ line: { label, weight } }) => [label, weight])).toEqual([
      ['', 'seed'],
      ['', 'seed'],
      ['A', 'method'],
      ['alone', 'method'],
    ]);
    const mean = traces[2];
    expect([...(mean?.y.subarray(0, 2) ?? [])]).toEqual([2, 3]);
    expect(mean?.band?.n[0]).toBe(2);
  });

  test('of an earlier setting is its mean alone, without a band', () => {
    const traces = new Tracer().trace([], 0, false, [group('A', [[1], [3]], { meanOnly: true })]);
    expect(traces).toHaveLength(1);
    expect(traces[0]?.band).toBeUndefined();
  });

  test('is smoothed seed by seed, so that the band is that of what is drawn', () => {
    const seeds = [[1, 5, 2, 8, 3], [2, 3, 9, 1, 4], [4, 4, 1, 2, 2]]; // prettier-ignore
    const mean = meanOf(new Tracer(), [group('A', seeds)], 0.6);
    const smoothed = seeds.map((y) => smooth(Float64Array.from(y), 0.6));
    const wanted = meanOf(new Tracer(), [
      group(
        'A',
        smoothed.map((y) => [...y]),
      ),
    ]);
    for (let i = 0; i < 5; i++) {
      expect(mean.y[i]).toBeCloseTo(wanted.y[i] ?? NaN, 12);
      expect(mean.band?.low[i]).toBeCloseTo(wanted.band?.low[i] ?? NaN, 12);
      expect(mean.raw?.[i]).toBeCloseTo(
        ((seeds[0]?.[i] ?? 0) + (seeds[1]?.[i] ?? 0) + (seeds[2]?.[i] ?? 0)) / 3,
        12,
      );
    }
  });

  test('has a geometric mean on a log axis, also after the axis was linear', () => {
    const tracer = new Tracer();
    const groups = [group('A', [[1], [4]])];
    expect(meanOf(tracer, groups).y[0]).toBe(2.5);
    expect(meanOf(tracer, groups, 0, true).y[0]).toBeCloseTo(2, 14);
  });

  test('is read with its interval and its number of seeds', () => {
    const [reading] = readAt(new Tracer().trace([], 0, false, [group('A', [[1, 2], [3]])]), 10, 1); // prettier-ignore
    expect(reading).toMatchObject({ value: 2, band: { n: 2 } });
    expect(reading?.band?.low).toBeCloseTo(2 - 12.706204736, 6);
  });
});

test('differences are to the line that the reader chose, not to that of colour 0', () => {
  const traces = new Tracer().trace(
    [
      line('slate', [1], { color: 0, reference: false }),
      line('chosen', [4], { color: 2, reference: true }),
      line('other', [6], { reference: false }),
    ],
    0,
    false,
  );
  const found = readAt(traces, 10, 1).map(({ line: { id }, difference }) => [id, difference]);
  expect(found).toEqual([
    ['other', 2],
    ['chosen', null],
    ['slate', -3],
  ]);
});

describe('what is printed', () => {
  test('says what mean and band are, and of how many', () => {
    expect(bandNote([3, 3], false)).toBe(`mean of 3${NBSP}seeds, band: 95${NBSP}% t-interval`);
    expect(bandNote([1, 3], false)).toBe(
      `mean of 1 to 3${NBSP}seeds, band: 95${NBSP}% t-interval where more than 1`,
    );
    expect(bandNote([2, 3], true, 'pair')).toBe(
      `geometric mean of 2 to 3${NBSP}pairs, band: 95${NBSP}% t-interval of the logarithms`,
    );
  });

  test('counts a curve beside means as one seed', () => {
    const tracer = new Tracer();
    const groups = [group('A', [[1], [2], [3]]), group('B', [[1], [2]])];
    expect(seedCounts(tracer.trace([], 0, false, groups))).toEqual([2, 3]);
    expect(seedCounts(tracer.trace([line('alone', [1])], 0, false, groups))).toEqual([1, 3]);
    expect(seedCounts(tracer.trace([line('alone', [1])], 0, false))).toBeNull();
  });
});

describe('bands and the axis', () => {
  test('widen it by no more than a share of the lines’ range', () => {
    expect(withBands([10, 20], [9, 21], false, 0.25)).toEqual([9, 21]);
    expect(withBands([10, 20], [-90, 120], false, 0.25)).toEqual([7.5, 22.5]);
    expect(withBands([1, 20], [-90, 19], false, 0.25)).toEqual([0, 20]); // what is never negative needs no axis below zero
    expect(withBands([-1, 20], [-90, 19], false, 0.25)).toEqual([-6.25, 20]);
    expect(withBands(null, [1, 2], false, 0.25)).toBeNull();
    const [low, high] = withBands([1, 10_000], [1e-9, 1e9], true, 0.25) ?? [];
    expect(low).toBeCloseTo(0.1, 10);
    expect(high).toBeCloseTo(100_000, 6);
  });

  test('cover of each pixel column all that they cover', () => {
    const rows = fc.array(
      fc.tuple(
        fc.double({ min: -9, max: 9, noNaN: true }),
        fc.double({ min: 0, max: 5, noNaN: true }),
        fc.nat(9),
      ),
      { minLength: 1, maxLength: 300 },
    );
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 40 }), (list, width) => {
        const gap = (kind: number) => (kind === 0 ? NaN : 0);
        const band = {
          x: Float64Array.from(list, (_, i) => i),
          low: Float64Array.from(list, ([middle, half, kind]) => middle - half + gap(kind)),
          high: Float64Array.from(list, ([middle, half, kind]) => middle + half + gap(kind)),
          length: list.length,
        };
        const perUnit = width / list.length;
        const parts = decimateBand(band, { start: 0, perUnit });
        const covered = parts.flatMap((part) =>
          part.x.map((x, i) => ({ column: Math.floor(x * perUnit), low: part.low[i], high: part.high[i] })),
        );
        for (let column = 0; column < width; column++) {
          const inside = list.flatMap((_, i) =>
            Math.floor(i * perUnit) === column && !Number.isNaN(band.low[i]) ? [i] : [],
          );
          const here = covered.filter((one) => one.column === column);
          expect(here.length > 0).toBe(inside.length > 0);
          if (inside.length === 0) continue;
          expect(Math.min(...here.map(({ low = NaN }) => low))).toBe(
            Math.min(...inside.map((i) => band.low[i] ?? NaN)),
          );
          expect(Math.max(...here.map(({ high = NaN }) => high))).toBe(
            Math.max(...inside.map((i) => band.high[i] ?? NaN)),
          );
        }
      }),
    );
  });

  test('are left open where there is no interval', () => {
    const ends = Float64Array.of(1, NaN, 2, 2);
    const band = { x: Float64Array.of(0, 1, 2, 3), low: ends, high: ends, length: 4 };
    expect(decimateBand(band, { start: 0, perUnit: 10 }).map(({ x }) => x)).toEqual([[0], [2, 3]]);
  });
});

describe('the table of a chart', () => {
  test('has a row for every place, and a cell where a line has a point there', () => {
    const { lines, rows, thinned } = tableData(
      new Tracer().trace([line('short', [1, 2])], 0, false, [group('A', [[1, 2, 3], [3, 4, 5]])]), // prettier-ignore
    );
    expect(thinned).toBe(false);
    expect(lines.map(({ line: { label } }) => label)).toEqual(['A', 'short']);
    expect(rows.map(({ x, cells }) => [x, ...cells.map((cell) => cell?.value ?? null)])).toEqual([
      [10, 2, 1],
      [20, 3, 2],
      [30, 4, null],
    ]);
    expect(rows[0]?.cells[0]?.band?.n).toBe(2);
    expect(rows[0]?.cells[1]?.band).toBeUndefined();
  });

  test('is thinned to fifty rows, the first and the last place among them', () => {
    const long = Array.from({ length: 1001 }, (_, i) => i);
    const { rows, thinned } = tableData(
      new Tracer().trace([line('a', long), line('b', long.slice(0, 500))], 0, false),
    );
    expect(thinned).toBe(true);
    expect(rows).toHaveLength(50);
    expect([rows[0]?.x, rows.at(-1)?.x]).toEqual([10, 10_010]);
    for (const { x, cells } of rows) {
      expect(cells[0]?.value).toBe(x / 10 - 1);
      if (x <= 5000) expect(cells[1]?.value).toBe(x / 10 - 1);
    }
    expect(rows.at(-1)?.cells[1]).toBeNull();
  });
});
