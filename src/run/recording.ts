import type { DeviceInfo } from '../engine/device-info';
import type { Claim } from './card';
import type { VerdictState } from './verdict';

/** Curves small enough to be drawn before anything else of an experiment has come. */
export interface Thumbnail {
  /** The card's hero metric. */
  metric: string;
  /** Steps of the points, which all curves share. */
  steps: readonly number[];
  /** Values by variant, then by seed as in `Recording.runs`; null where a run told nothing at that step. */
  curves: readonly { variant: string; values: readonly (readonly (number | null)[])[] }[];
}

/** What recorded runs said of a claim. */
export interface RecordedClaim extends Pick<Claim, 'metric' | 'method' | 'baseline' | 'at'> {
  state: VerdictState;
  /** Pairs judged. */
  pairs: number;
}

/**
 * What a file of recorded runs holds, small enough to be known at once. `npm run lab -- record "<link>"` writes both, side by
 * side: `recorded/<preset>.seedlab` and `recorded/<preset>.json`.
 */
export interface Recording {
  experiment: string;
  preset: string;
  /** Query that opens the recorded setting. */
  link: string;
  /** Where all of it was computed, and on how many processor cores. */
  device: DeviceInfo;
  cores: number;
  /** Of the latest run, as 2026-11-22. */
  date: string;
  build: string;
  /** Milliseconds that all runs took, one after another, loading and evaluating included. */
  ms: number;
  /** The machine had other work at the same time: times are too long and do not compare. */
  busy?: true;
  runs: readonly { variant: string; specDigest: string; seeds: readonly number[] }[];
  claims: readonly RecordedClaim[];
  thumbnail: Thumbnail;
}
