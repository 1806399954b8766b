import type { BackendName, DeviceInfo } from '../engine/device-info';
import type { EngineReport } from '../engine/engine-report';
import type { Spec } from '../spec/knob';
import type { Summary } from './experiment';
import type { PhaseEvent, RunFacts } from './events';
import type { PhaseTimes } from './phase-clock';
import type { Snapshot } from './snapshot';

export interface RunRequest {
  runId: string;
  experiment: string;
  spec: Spec;
  /** Seed of all randomness of the run. */
  seed: number;
  /** Compute here rather than on the best backend there is. */
  backend?: BackendName;
  /** Begin paused: the first `step` moves it. */
  paused?: boolean;
  /**
   * Go on from the latest checkpoint of this run that has no more than `step` steps. The record must have all reports up to
   * there, evaluations included: as it does where a batch that it took in told this step as its `checkpoint`.
   */
  resume?: { step: number };
}

/** A failure as a value: Comlink carries an error's name, message and stack, but not its class. */
export interface Fault {
  /** `SpecError`, `ShapeError`, `DeviceError`, `DeviceLostError` and `DataError` are expected; any other name is a bug. */
  name: string;
  message: string;
  stack?: string;
}

export type RunOutcome =
  { status: 'done'; summary: Summary } | { status: 'stopped' } | { status: 'failed'; fault: Fault };

/** An outcome as the worker reports it. */
export type RunEnd = RunOutcome & {
  /** Where it computed; null when it did not come to that. */
  device: DeviceInfo | null;
  /** Batches sent. They travel by another port, so the last may arrive after the outcome. */
  batches: number;
};

/** One metric's new points. Columns of equal length; their buffers are transferred, not copied. */
export interface ScalarColumns {
  metric: string;
  step: Float64Array;
  /** Milliseconds spent training up to that step: pauses, loading, compiling and evaluation left out. */
  trainMs: Float64Array;
  value: Float64Array;
}

/** A run's facts, and how the device computes it, which the driver adds. Runs of earlier versions lack it. */
export interface ReportedFacts extends RunFacts {
  engine?: EngineReport;
}

/** What a run reported since the last batch. `seq` counts up by one, so that a lost batch shows. */
export interface Batch {
  runId: string;
  seq: number;
  /** Completed training steps. */
  step: number;
  /** Training time as in `ScalarColumns.trainMs`. */
  trainMs: number;
  /** Where the run's time went until now. */
  phases: PhaseTimes;
  /** True when the run is held at a step boundary. */
  paused: boolean;
  phase: PhaseEvent;
  /**
   * Once, where the run was asked to go on from a checkpoint: what the record has beyond that step is told again, and
   * nothing up to it. −1 where no checkpoint will do and it begins anew. It counts before all else that the batch has;
   * batches before it know neither of training time nor of phases in the run's earlier life.
   */
  resumed?: { step: number; trainMs: number };
  /** Steps in the newest checkpoint, where there is a new one; this batch and those before have all reports up to it. */
  checkpoint?: number;
  /** Told again when anything in them changes. */
  facts?: ReportedFacts;
  scalars: ScalarColumns[];
  /** Where there are new ones. Their buffers are transferred, too. */
  snapshots?: readonly Snapshot[];
}

/** The whole surface between the page and a worker. Commands go over Comlink, batches over the port. */
export interface Runner {
  /** Opens the best backend and says which it is. Never rejects for a missing GPU. */
  probe(): Promise<DeviceInfo>;
  /** Runs to the end. Resolves for failed runs too. Another run may be started then. */
  start(request: RunRequest, events: MessagePort): Promise<RunEnd>;
  /** Holds the run after the step in progress. */
  pause(): void;
  resume(): void;
  /** Advances a held run by `n` training steps. */
  step(n: number): void;
  /** Ends the run after the step in progress, with all its reports; `start` then resolves as stopped. */
  stop(): void;
}
