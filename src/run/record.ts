import type { DeviceInfo } from '../engine/device-info';
import type { Spec } from '../spec/knob';
import type { PhaseTimes } from './phase-clock';
import type { Fault, ReportedFacts } from './protocol';
import type { Snapshot } from './snapshot';

export const RECORD_SCHEMA = 2;

/** Where a run comes from: trained by this browser, shipped with the page, or opened from a file. */
export type Origin = 'here' | 'recorded' | 'imported';

export type RunStatus =
  'queued' | 'loading' | 'compiling' | 'running' | 'paused' | 'done' | 'stopped' | 'failed';

/** One metric of a run over its training, as equally long columns. */
export interface SeriesRecord {
  metric: string;
  step: Float64Array;
  trainMs: Float64Array;
  value: Float64Array;
}

/** Something that happened to a run, drawn as a tick under its curves. */
export interface RunNote {
  step: number;
  what: 'paused' | 'resumed' | 'stopped' | 'failed';
}

/** Everything needed to show a run again and to run it again. */
export interface RunRecord {
  schema: typeof RECORD_SCHEMA;
  id: string;
  experiment: string;
  variant: string;
  seed: number;
  spec: Spec;
  specDigest: string;
  build: string;
  /** Milliseconds since 1970, when the run was queued. */
  createdAt: number;
  /** Milliseconds since 1970, when this was last saved: the later of two records of a run counts. Earlier ones lack it. */
  savedAt?: number;
  status: RunStatus;
  origin: Origin;
  /** What the reader calls it, where that is not its variant's name. */
  name?: string;
  /** What the reader wrote about it. */
  comment?: string;
  /** Guarded against being removed together with others. */
  kept?: boolean;
  /** Steps in the checkpoint that it can go on from. */
  checkpoint?: number;
  fault?: Fault;
  device?: DeviceInfo;
  /** With how the device computed it: features, kernels, timed variants, whether steps were replayed. */
  facts?: ReportedFacts;
  /** Where its time went. Earlier runs lack it. */
  phases?: PhaseTimes;
  notes: readonly RunNote[];
  series: readonly SeriesRecord[];
  /** What the run gave its lens, thinned as `RunSnapshots` does. Runs that gave nothing, and earlier ones, lack it. */
  snapshots?: readonly Snapshot[];
}
