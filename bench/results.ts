import type { Baseline } from './baseline';
import type { Pair } from './job';

export type Where = 'node' | 'browser';

/** The computer, as far as it matters for the figures. */
export interface Machine {
  processor: string;
  cores: number;
  memoryGB: number;
  system: string;
}

/** One size of one workload changed, the others as they are. */
export interface ScaledPair {
  axis: string;
  pair: Pair;
}

/** A benchmark run, as it is kept in `bench/results/`. */
export interface Results {
  /** When it began, ISO 8601. */
  date: string;
  build: string;
  /** Whether the checkout had changes that no commit holds. */
  isUncommitted: boolean;
  where: Where;
  machine: Machine;
  /** Versions of browser or Dawn, of Node and of the engines' packages, by name. */
  versions: Record<string, string>;
  repeats: number;
  budgetSeconds: number;
  /** How long all of it took. */
  seconds: number;
  baseline: Baseline;
  pairs: Pair[];
  /** Our engine on workloads that differ by a method, timed side by side; see `Workload.comparedWith`. */
  comparisons: Pair[][];
  scaling: ScaledPair[];
}

/** File name for results: day and device, such as `2026-11-22-google-swiftshader-browser.json`. */
export function fileNameOf({ date, baseline, where }: Results): string {
  const device = baseline.adapter
    .toLowerCase()
    .replace(/\(.*/, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return `${date.slice(0, 10)}-${device}-${where}.json`;
}

/** Results as text, laid out as Prettier does: lists of numbers in one line. */
export const toJson = (results: Results): string =>
  `${JSON.stringify(results, null, 2).replace(/\[\s+([^[\]{}"]+?)\s+\]/g, (_, numbers: string) => `[${numbers.replace(/\s+/g, ' ')}]`)}\n`;
