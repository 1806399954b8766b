import { describe, expect, test } from 'vitest';
import type { RunFacts } from '../../src/run/events';
import { RunSeries } from '../../src/run/run-series';

const facts: RunFacts = {
  totalSteps: 100,
  batchSize: 10,
  epochExamples: 100,
  parameters: 1,
  flopsPerImage: 1,
  flopsPerStep: 7,
  dataDigest: 'd',
  initDigest: 'i',
  details: {},
};

/** Steps `from` … `to` with value 2 × step, after 5 ms a step. */
function columns(from: number, to: number) {
  const step = Float64Array.from({ length: to - from + 1 }, (_, index) => from + index);
  return { metric: 'loss', step, trainMs: step.map((s) => s * 5), value: step.map((s) => s * 2) };
}

describe('series of a run', () => {
  test('grows past its first capacity without losing a point', () => {
    const series = new RunSeries();
    for (let from = 1; from < 1000; from += 37) series.append(columns(from, from + 36));
    const loss = series.of('loss');
    expect(loss?.length).toBe(999);
    expect(loss && [...loss.value.subarray(0, loss.length)]).toEqual(
      Array.from({ length: 999 }, (_, index) => 2 * (index + 1)),
    );
    expect(series.latest('loss')).toBe(1998);
    expect(series.latest('accuracy')).toBeUndefined();
  });

  test('positions follow every axis while the columns grow', () => {
    const series = new RunSeries();
    const at = (axis: 'epoch' | 'seconds' | 'flops', index: number) =>
      series.of('loss')?.along(axis, facts)?.[index];
    series.append(columns(1, 50));
    expect([at('epoch', 49), at('seconds', 49), at('flops', 49)]).toEqual([5, 0.25, 350]);
    series.append(columns(51, 200));
    expect([at('epoch', 199), at('seconds', 199), at('flops', 199), at('flops', 0)]).toEqual([
      20, 1, 1400, 7,
    ]);
  });

  test('axes wait for the facts, and an axis keeps its array while nothing forces a new one', () => {
    const series = new RunSeries();
    series.append(columns(1, 3));
    const loss = series.of('loss');
    expect(loss?.along('flops', undefined)).toBeNull();
    const first = loss?.along('flops', facts);
    loss?.along('seconds', facts);
    series.append(columns(4, 6));
    expect(loss?.along('flops', facts)).toBe(first);
    expect(loss?.along('step', undefined)).toBe(loss?.step);
  });

  test('records are copies cut to length', () => {
    const series = new RunSeries();
    series.append(columns(1, 3));
    const [record] = series.toRecords();
    series.append(columns(4, 4));
    expect(record).toEqual(columns(1, 3));
  });

  test('forgets what lies beyond a step, in columns of its own, and grows on from there', () => {
    const series = new RunSeries();
    series.append(columns(1, 100));
    series.append({ ...columns(60, 70), metric: 'late' });
    const before = series.of('loss');
    const positions = before?.along('seconds', facts);
    series.truncate(40);
    const loss = series.of('loss');
    expect([loss?.length, series.latest('loss'), series.of('late')]).toEqual([40, 80, undefined]);
    expect(loss?.value).not.toBe(before?.value);
    expect(loss?.along('seconds', facts)).not.toBe(positions);
    series.append({ ...columns(41, 42), value: Float64Array.of(-1, -2) });
    expect(loss && [...loss.value.subarray(38, 42)]).toEqual([78, 80, -1, -2]);
    expect(loss?.along('seconds', facts)?.[41]).toBe(0.21);
    expect(before?.value[40]).toBe(82); // the old column is as it was
    series.truncate(-1);
    expect(series.toRecords()).toEqual([]);
  });

  test('tells the training time at a step from the last report up to there', () => {
    const series = new RunSeries();
    series.append(columns(1, 10));
    expect([series.trainMsAt(4), series.trainMsAt(99), series.trainMsAt(0)]).toEqual([20, 50, 0]);
  });
});
