import type { DataSource } from '../data/data-source';
import type { BackendName } from '../engine/device-info';
import type { Rng } from '../math/rng';
import type { Knobs, Spec, SpecOf } from '../spec/knob';
import type { Card } from './card';
import type { CheckpointStore } from './checkpoint-store';
import type { Fault } from './protocol';

/** How far an answer is. */
export interface AnswerProgress {
  done: number;
  total: number;
  unit: string;
}

/** A trained model that answers questions. Questions and answers are plain data that crosses threads. */
export interface Inspector<Q = unknown, A = unknown> {
  /**
   * Yields progress for what takes longer than a second, and returns the answer, about the model that the store holds when
   * it is asked. Between two yields the thread gets its messages.
   * @throws DataError when the store holds no model any more.
   */
  ask(question: Q, signal: AbortSignal): AsyncGenerator<AnswerProgress, A, void>;
  dispose(): void;
}

/** What an inspector is given to load a run's model again. */
export interface InspectionContext {
  /** Root of the run's seed, as the run had it. */
  rng: Rng;
  data: DataSource;
  checkpoints: CheckpointStore;
  /** Name of the run's model in the store: `modelOf(runId)`. */
  model: string;
  signal: AbortSignal;
}

/** Loads the model that a run of this experiment left. */
export type OpenInspector<K extends Knobs = Knobs, Q = never, A = unknown> = (
  spec: SpecOf<K>,
  context: InspectionContext,
) => Promise<Inspector<Q, A>>;

/** Whose model is asked. */
export interface InspectionRequest {
  runId: string;
  experiment: string;
  spec: Spec;
  /** Seed of all randomness of the run. */
  seed: number;
  /** Compute here rather than on the best backend there is. */
  backend?: BackendName;
}

/** An answer as a worker gives it. */
export type Reply =
  { status: 'answered'; answer: unknown } | { status: 'aborted' } | { status: 'failed'; fault: Fault };

/** The surface between the page and the worker that holds a run's model. Progress comes over the port. */
export interface InspectorWorker {
  /** One question at a time, all about one run. Loads the model at the first. Resolves for failures too. */
  ask(request: InspectionRequest, question: unknown, progress: MessagePort): Promise<Reply>;
  /** Ends the question under way soon; `ask` then resolves as aborted. */
  abort(): void;
}

/** Name under which a run keeps its latest model. */
export const modelOf = (runId: string): string => `run-${runId}`;

/** Ties an inspector to its card, so that the compiler knows every knob's type. */
export const defineInspector = <const K extends Knobs, Q, A>(
  _card: Card<K>,
  open: OpenInspector<K, Q, A>,
): OpenInspector<K, Q, A> => open;
