import type { DeviceInfo } from '../engine/device-info';
import type { PlannedRun } from '../run/plan';
import type { Batch, RunOutcome } from '../run/protocol';
import type { Recorder } from '../run/recorder';

/** Tells how runs go, one run after another. */
export interface Reporter {
  start(id: string, planned: PlannedRun, device: DeviceInfo): void;
  batch(batch: Batch, recorder: Recorder): void;
  end(id: string, outcome: RunOutcome, recorder: Recorder): void;
}
