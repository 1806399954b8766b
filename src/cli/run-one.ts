import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { createWebDataSource } from '../data/web-data-source';
import type { DeviceKeeper } from '../engine/lab-device';
import { cards } from '../experiments/cards';
import { loadRun } from '../experiments/runs';
// For its effect: plain tfjs operations then run on our kernels.
import '../kernels/native';
import { createRng } from '../math/philox-rng';
import { drive } from '../run/drive';
import { Gate } from '../run/gate';
import { modelOf } from '../run/inspector';
import type { PlannedRun } from '../run/plan';
import type { RunRecord } from '../run/record';
import { Recorder } from '../run/recorder';
import { parseSpec } from '../spec/parse-spec';
import { openChosen, type Choice } from './backend';
import { FileCheckpoints } from './file-checkpoints';
import { fileFetch } from './file-fetch';
import type { Reporter } from './reporter';

/** Where models outlive the command, beside the choices of kernels. */
const CHECKPOINTS = path.resolve('.cache/checkpoints');

/** What all runs of one command share. */
export interface Surroundings {
  choice: Choice;
  /** The next run computes on the device of the last one, where nothing has to be compiled twice. */
  devices: DeviceKeeper;
  dataRoot: URL;
  signal: AbortSignal;
  reporter: Reporter;
}

/**
 * Runs one planned run to its end as a worker would, and gives its record. A failed run has a record too.
 * @throws DeviceError when the backend does not open.
 */
export async function runOne(
  planned: PlannedRun,
  { choice, devices, dataRoot, signal, reporter }: Surroundings,
): Promise<RunRecord> {
  const made = { id: randomUUID(), build: __BUILD__, createdAt: Date.now() };
  const recorder = new Recorder(planned, made);
  const checkpoints = new FileCheckpoints(CHECKPOINTS);
  const run = await loadRun(planned.experiment);
  const compute = await openChosen(choice, devices);
  try {
    reporter.start(made.id, planned, compute.info);
    const outcome = await drive({
      runId: made.id,
      run,
      spec: parseSpec(cards.get(planned.experiment)?.knobs ?? {}, planned.spec),
      context: {
        rng: createRng(planned.seed),
        data: createWebDataSource(dataRoot, { fetch: fileFetch }),
        checkpoints,
        device: compute.info,
        signal,
        saveMs: Infinity, // no command goes on with a run
      },
      gate: new Gate(false),
      send(batch) {
        recorder.absorb(batch);
        reporter.batch(batch, recorder);
      },
      breathe: () => setImmediate(),
      deviceFailure: compute.failure,
      engine: () => compute.report(),
      now: () => performance.now(),
    });
    reporter.end(made.id, outcome, recorder);
    return recorder.toRecord(outcome, compute.info);
  } finally {
    compute.dispose();
    await checkpoints.remove(modelOf(made.id)); // nobody asks it here
  }
}
