/** A workload on an engine, ready to train step by step. The first step compiles what there is to compile. */
export interface Trainer {
  /** Makes the engine the current one. Before every use and not timed: several engines share one copy of tfjs. */
  activate(): Promise<void>;
  /**
   * Uploads the batch, encodes one training step and submits it. Its synchronous part is what the engine costs in script;
   * a promise, where there is one, resolves when the next step may begin.
   */
  step(): Promise<void> | undefined;
  /** Resolves when the device has done all that was submitted. */
  done(): Promise<void>;
  /** Whether its steps cost from now on what they always will. */
  isWarm(): boolean;
  /** Loss of the latest step, before its update. */
  loss(): Promise<number>;
  /** What a reader of the figures should know, such as that a step was not captured after all. */
  note(): string | null;
  dispose(): void;
}
