import type { InitialValues } from './initial-values';
import type { Trainer } from './trainer';
import type { Problem } from './workload';

/** One way to train, opened: a device of its own, or one that it shares with its variants. */
export interface OpenEngine {
  /** What the engine says it computes on. */
  adapter: string;
  /**
   * The problem on this engine, at its initial values; the engine is the current one then.
   * @returns null where nobody has written this problem for this engine
   */
  trainer: (problem: Problem, initial: InitialValues) => Promise<Trainer | null>;
}

/** Default export of a file in `engines/`; the file's name is the engine's. */
export interface Engine {
  description: string;
  /** Whether it works on WebGPU, so that dispatches, submits and buffers can be counted. */
  usesGpu: boolean;
  /** @throws Error in plain words where the engine does not run here. */
  open(): Promise<OpenEngine>;
}
