import type { Phase, PhaseTimes } from './phase-clock';
import type { Snapshot } from './snapshot';

export interface PhaseEvent {
  kind: 'phase';
  phase: Phase;
  /** For example the data set being loaded. */
  detail?: string;
  /** How far the phase is, where that is known. */
  progress?: { done: number; total: number; unit: 'bytes' | 'examples' | 'kernels' | 'steps' };
}

/**
 * Fixed numbers of a run, told before its first step. They turn a step into epochs, examples and FLOPs. A run may tell
 * them again when it has learnt a further detail.
 */
export interface RunFacts {
  totalSteps: number;
  batchSize: number;
  /** Training examples in one epoch. */
  epochExamples: number;
  parameters: number;
  /** Multiply-accumulates of one image's forward pass, as the papers count "FLOPs". */
  flopsPerImage: number;
  /** Of one training step: 3 × batch × `flopsPerImage`, the backward pass counted as two forward passes. */
  flopsPerStep: number;
  /** SHA-256 of the data set's digests, so that records name the pixels they saw. */
  dataDigest: string;
  /** SHA-256 of the initial parameters by name: equal digests prove that paired runs start equal. */
  initDigest: string;
  /** SHA-256 of the order of batches: equal digests prove that paired runs saw equal batches. None where there are no batches. */
  orderDigest?: string;
  /** What every reader of a comparison should know of this run, in a few words; stands in the table of runs. */
  remark?: string;
  /** Further facts worth a line in the run's details, with their unit in the text. */
  details: Readonly<Record<string, string>>;
}

export interface FactsEvent {
  kind: 'facts';
  facts: RunFacts;
}

/** Values of declared metrics after `step` completed steps. */
export interface ScalarsEvent<M extends string = string> {
  kind: 'scalars';
  step: number;
  values: Partial<Record<M, number>>;
}

/** One training step is complete and all it had to report has been yielded. The runner pauses only here. */
export interface StepEvent {
  kind: 'step';
  step: number;
}

/** Something for the experiment's lens to draw. */
export interface SnapshotEvent {
  kind: 'snapshot';
  snapshot: Snapshot;
}

/** The run goes on from a checkpoint of its earlier life: nothing up to this step is told again. */
export interface ResumedEvent {
  kind: 'resumed';
  /** −1 where no checkpoint will do and it begins anew. */
  step: number;
  /** The clocks as they stood then. */
  trainMs: number;
  phases: PhaseTimes;
}

/** Until the next event the run writes or removes checkpoints, and trains nothing. */
export interface SavingEvent {
  kind: 'saving';
}

/** There is a checkpoint of this step, all reports up to which have been yielded; null where the storage refused it. */
export interface SavedEvent {
  kind: 'saved';
  step: number | null;
}

export type RunEvent<M extends string = string> =
  | PhaseEvent
  | FactsEvent
  | ScalarsEvent<M>
  | SnapshotEvent
  | StepEvent
  | ResumedEvent
  | SavingEvent
  | SavedEvent;
