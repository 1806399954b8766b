import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SavePace } from '../../src/training/save-pace';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Saves, taking so long. */
function save(pace: SavePace, tookMs: number): void {
  const beganAt = performance.now();
  vi.advanceTimersByTime(tookMs);
  pace.saved(beganAt);
}

describe('the pace of saving', () => {
  it('is two seconds before anything is known and where saving is quick', () => {
    const pace = new SavePace();
    vi.advanceTimersByTime(1999);
    expect(pace.isDue).toBe(false);
    vi.advanceTimersByTime(1);
    expect(pace.isDue).toBe(true);
    save(pace, 10);
    vi.advanceTimersByTime(1999);
    expect(pace.isDue).toBe(false);
    vi.advanceTimersByTime(1);
    expect(pace.isDue).toBe(true);
  });

  it('keeps what saving takes to a fiftieth of the training, as measured last', () => {
    const pace = new SavePace();
    save(pace, 300);
    vi.advanceTimersByTime(14_999);
    expect(pace.isDue).toBe(false);
    vi.advanceTimersByTime(1);
    expect(pace.isDue).toBe(true);
    save(pace, 60);
    vi.advanceTimersByTime(3000);
    expect(pace.isDue).toBe(true);
  });

  it('waits anew after a restart, and no shorter for it', () => {
    const pace = new SavePace();
    save(pace, 100);
    vi.advanceTimersByTime(4000);
    pace.restart();
    vi.advanceTimersByTime(4999);
    expect(pace.isDue).toBe(false);
    vi.advanceTimersByTime(1);
    expect(pace.isDue).toBe(true);
  });

  it('is fixed where it is told so: always, or never', () => {
    const always = new SavePace(0);
    const never = new SavePace(Infinity);
    for (const pace of [always, never]) save(pace, 500);
    expect(always.isDue).toBe(true);
    vi.advanceTimersByTime(1e9);
    expect(never.isDue).toBe(false);
  });
});
