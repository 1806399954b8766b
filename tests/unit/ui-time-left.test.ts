import { describe, expect, test } from 'vitest';
import { TimeLeft, msUntilDone, queueMsLeft } from '../../src/ui/time-left';

describe('time left', () => {
  test('waits for twenty steps, then follows the pace', () => {
    const time = new TimeLeft();
    for (let step = 1; step <= 20; step++) time.observe(step, step * 10);
    expect(time.msLeft(20, 100)).toBeNull();
    time.observe(21, 210);
    expect(time.msLeft(21, 100)).toBe(790);
    expect(time.msLeft(100, 100)).toBe(0);
  });

  test('a pause does not count', () => {
    const time = new TimeLeft();
    for (let step = 1; step <= 30; step++) time.observe(step, step * 10);
    time.hold();
    for (let step = 31; step <= 40; step++) time.observe(step, 100_000 + step * 10);
    expect(time.msLeft(40, 50)).toBe(100);
  });

  test('only the recent past counts', () => {
    const time = new TimeLeft();
    let at = 0;
    for (let step = 1; step <= 100; step++) time.observe(step, (at += 10));
    for (let step = 101; step <= 140; step++) time.observe(step, (at += 1000));
    expect(time.msPerStep).toBe(1000);
  });

  test('a queue shares what waits over the runs at once', () => {
    const queue = { activeMsLeft: [4000, 4000], wholeRunMs: [10_000, 10_000], waiting: 2, atOnce: 2 };
    expect(queueMsLeft(queue)).toBe(14_000);
    expect(queueMsLeft({ ...queue, waiting: 0 })).toBe(4000);
    expect(queueMsLeft({ ...queue, activeMsLeft: [null], wholeRunMs: [null] })).toBeNull();
  });

  test('part of a queue is done when the queue would be that ended with it', () => {
    const run = (id: string, msLeft: number | null, wholeMs: number | null = 10_000) => ({
      ...{ id, active: msLeft !== null, msLeft, wholeMs },
    });
    const queue = [run('a', 4000), run('b', null), run('c', null), run('d', null)];
    const until = (ids: string, atOnce = 1) => msUntilDone(queue, ({ id }) => ids.includes(id), atOnce);
    const all = { activeMsLeft: [4000], wholeRunMs: [10_000], waiting: 3, atOnce: 1 };
    expect(until('abcd')).toBe(queueMsLeft(all));
    expect(until('ab')).toBe(14_000);
    expect(until('c')).toBe(24_000); // what comes before counts
    expect(until('a')).toBe(4000);
    expect(until('d', 2)).toBe(queueMsLeft({ ...all, atOnce: 2 }));
    expect(until('x')).toBeNull();
    expect(msUntilDone(queue.slice(1), () => true, 1)).toBeNull(); // no pace yet
  });

  test('a queue is never done before its longest run', () => {
    expect(queueMsLeft({ activeMsLeft: [100, 9000], wholeRunMs: [1, 1], waiting: 0, atOnce: 2 })).toBe(9000);
  });
});
