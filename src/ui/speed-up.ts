import { mean } from '../math/interval';
import { reach, speedUpOverSeeds, type CurvePoint, type SeededSpeedUp } from '../math/speed-up';

/** Share of intervals that hold the true speed-up. */
export const LEVEL = 0.95;

/** Method and baseline of one seed; the baseline has come to its end. */
export interface SpeedUpPair {
  seed: number;
  /** Values over epochs, steps or budgets, in order; at least one. */
  baseline: readonly CurvePoint[];
  method: readonly CurvePoint[];
  /** No further point of the method will come. */
  ended: boolean;
}

/** A speed-up that can be drawn. */
export interface ReadSpeedUp extends SeededSpeedUp {
  kind: 'read';
  seeds: readonly number[];
  /** Where each seed's method was first as good as its baseline's last value, `y`. */
  readings: readonly CurvePoint[];
  /** Geometric mean of where the baselines themselves were first as good as in the end: noise alone makes it early. */
  itself: number;
  /** Further seeds may still come in. */
  soFar: boolean;
}

/** What runs say of a speed-up as they stand. */
export type SpeedUpReading =
  | ReadSpeedUp
  /** No baseline has ended, or no method is as good yet as its baseline, whose `level` is then known. */
  | { kind: 'waiting'; level: number | null }
  /** Some methods came to their `end` and were never as good. */
  | { kind: 'missed'; reached: number; of: number; level: number; end: number }
  /** A method was as good when it was first looked at, and nothing tells since when. */
  | { kind: 'at once'; from: number; of: number; level: number };

/**
 * Reads a speed-up off pairs of runs, each at its own baseline's last value.
 * @param pairs those of the baselines that have ended
 * @param planned how many pairs there will be
 */
export function readSpeedUp(pairs: readonly SpeedUpPair[], planned: number): SpeedUpReading {
  const all = pairs.map((pair) => ({ ...pair, found: reach(pair.baseline, pair.method) }));
  const told = all.filter(({ found, ended }) => found !== null || ended);
  const levelOf = (some: readonly SpeedUpPair[]): number =>
    mean(some.map(({ baseline }) => lastOf(baseline).y));
  if (told.length === 0) return { kind: 'waiting', level: all.length === 0 ? null : levelOf(all) };

  const level = levelOf(told);
  const missed = told.filter(({ found }) => found === null);
  if (missed.length > 0)
    return {
      ...{ kind: 'missed', reached: told.length - missed.length, of: told.length, level },
      end: mean(missed.map(({ method }) => lastOf(method).x)),
    };

  const read = speedUpOverSeeds(told, LEVEL);
  if (!read || (read.atLeast && read.factor <= 1)) {
    const from = mean(told.flatMap(({ found }) => found?.from ?? []));
    return { kind: 'at once', from, of: told.length, level };
  }
  const itself = speedUpOverSeeds(
    told.map(({ baseline }) => ({ baseline, method: baseline })),
    LEVEL,
  );
  return {
    kind: 'read',
    ...read,
    seeds: told.map(({ seed }) => seed),
    readings: told.flatMap(({ found }) => (found ? [{ x: found.from, y: found.level }] : [])),
    itself: itself?.from ?? read.to,
    soFar: told.length < planned,
  };
}

const lastOf = (curve: readonly CurvePoint[]): CurvePoint => curve.at(-1) ?? { x: NaN, y: NaN };
