import { describe, expect, test } from 'vitest';
import type { ChartLine } from '../../src/ui/charts/line';
import { eventsAt, readAt, stepFrom } from '../../src/ui/charts/readings';
import { wordingOf } from '../../src/ui/charts/wording';

function trace(label: string, color: number, y: number[], x = y.map((_, i) => 10 * (i + 1))) {
  const line: ChartLine = {
    id: label,
    label,
    color,
    weight: 'other',
    x: Float64Array.from(x),
    y: Float64Array.from(y),
    length: y.length,
    live: false,
  };
  return { line, y: line.y, raw: null };
}

const read = (traces: ReturnType<typeof trace>[], x: number) =>
  readAt(traces, x, 1).map(({ line, value, difference }) => [line.label, value, difference]);

describe('values under the cross-hair', () => {
  test('are those of the nearest point, highest first, with the difference to the baseline', () => {
    const traces = [
      trace('baseline', 0, [1, 2, 3]),
      trace('method', 1, [4, 5, 6.5]),
      trace('other', 2, [0, 0, 0]),
    ];
    expect(read(traces, 27)).toEqual([
      ['method', 6.5, 3.5],
      ['baseline', 3, null],
      ['other', 0, -3],
    ]);
  });

  test('leave out lines without a name, without points, and those that have ended', () => {
    const traces = [
      trace('', 1, [1]),
      trace('empty', 2, []),
      trace('short', 3, [1, 2]),
      trace('long', 4, [1, 2, 3, 4, 5, 6]),
    ];
    expect(read(traces, 60)).toEqual([['long', 6, null]]);
  });

  test('still give the last value until the next is due', () => {
    expect(read([trace('sparse', 1, [1, 2], [100, 200])], 290)).toEqual([['sparse', 2, null]]);
  });

  test('put what is not a number last, without a difference', () => {
    const traces = [trace('baseline', 0, [1]), trace('lost', 1, [NaN])];
    expect(read(traces, 10)).toEqual([
      ['baseline', 1, null],
      ['lost', NaN, null],
    ]);
  });
});

describe('stepping by key', () => {
  const traces = [trace('short', 1, [1]), trace('long', 2, [1, 2, 3, 4])];

  test('goes along the points of the line that reaches furthest', () => {
    expect(stepFrom(traces, 10, 1, 1)).toBe(20);
    expect(stepFrom(traces, 30, -1, 1)).toBe(20);
  });

  test('skips points too close to be seen apart', () => {
    expect(stepFrom(traces, 10, 1, 15)).toBe(30);
  });

  test('stops at the ends', () => {
    expect(stepFrom(traces, 40, 1, 1)).toBe(40);
    expect(stepFrom(traces, 10, -1, 1)).toBe(10);
  });

  test('starts at an end, and nowhere without points', () => {
    expect(stepFrom(traces, null, 1, 1)).toBe(10);
    expect(stepFrom(traces, null, -1, 1)).toBe(40);
    expect(stepFrom([], null, 1, 1)).toBeNull();
  });
});

test('events near the cross-hair are named with their line, each once', () => {
  const { line } = trace('Method', 1, [1]);
  const paused = { x: 12, label: 'paused' };
  const lines = [
    { ...line, ticks: [paused, { x: 40, label: 'resumed' }] },
    { ...line, label: '', ticks: [paused, paused] },
  ];
  expect(eventsAt(lines, 10, 3)).toEqual(['Method: paused', 'paused']);
});

describe('wording', () => {
  const naming = { title: 'Accuracy', unit: '%', xLabel: 'time', xUnit: 's', xFormat: String };
  const wording = wordingOf({ ...naming, format: (value) => `${(100 * value).toFixed(1)} %` });

  test('carries units', () => {
    expect(wording.name).toBe('Accuracy, %');
    expect(wording.xTitle).toBe('time, s');
    expect(wording.place(12)).toBe('12 s');
    expect(wordingOf({ ...naming, xLabel: 'Epoch', xUnit: '', format: String }).place(3)).toBe('Epoch 3');
  });

  test('joins an SI prefix to its unit', () => {
    expect(
      wordingOf({ ...naming, xUnit: 'FLOPs', xFormat: () => '1.2 P', format: String }).place(1.2e15),
    ).toBe('1.2 PFLOPs');
  });

  test('signs differences, and gives those of percentages in points', () => {
    expect(wording.difference(0.034)).toBe('+3.4 points');
    expect(wording.difference(-0.034)).toBe('−3.4 points');
  });
});
