import { expose } from 'comlink';
import { createWebDataSource } from '../src/data/web-data-source';
import { IndexedDbChoices } from '../src/engine/indexed-db-choices';
import { DeviceKeeper } from '../src/engine/lab-device';
import { openCompute, type Compute } from '../src/engine/open-compute';
import { cards } from '../src/experiments/cards';
import { loadRun } from '../src/experiments/runs';
// For its effect: plain tfjs operations then run on our kernels.
import '../src/kernels/native';
import { createRng } from '../src/math/philox-rng';
import { transferables } from '../src/run/batcher';
import { drive, faultOf } from '../src/run/drive';
import { Gate } from '../src/run/gate';
import { openCheckpoints } from '../src/run/opfs-checkpoints';
import type { RunEnd, Runner } from '../src/run/protocol';
import { parseSpec } from '../src/spec/parse-spec';
import { breathe, dataRoot } from './surroundings';

const devices = new DeviceKeeper();
const choices = new IndexedDbChoices();
let gate: Gate | null = null;
let abort: AbortController | null = null;

const runner: Runner = {
  async probe() {
    const compute = await openCompute('webgpu', { devices });
    compute.dispose();
    return compute.info;
  },

  async start(request, events): Promise<RunEnd> {
    if (gate) throw new Error('This worker trains already: one run at a time');
    gate = new Gate(request.paused ?? false);
    abort = new AbortController();
    let compute: Compute | null = null;
    let batches = 0;
    try {
      const card = cards.get(request.experiment);
      if (!card) throw new Error(`No experiment "${request.experiment}"`);
      const spec = parseSpec(card.knobs, request.spec);
      const [run, opened, checkpoints] = await Promise.all([
        loadRun(request.experiment),
        openCompute(request.backend, { choices, devices }),
        openCheckpoints(),
      ]);
      compute = opened;
      const outcome = await drive({
        runId: request.runId,
        run,
        spec,
        context: {
          rng: createRng(request.seed),
          data: createWebDataSource(dataRoot),
          checkpoints,
          device: compute.info,
          signal: abort.signal,
          ...(request.resume && { resume: request.resume }),
        },
        gate,
        send(batch) {
          events.postMessage(batch, transferables(batch) as ArrayBuffer[]);
          batches++;
        },
        breathe,
        deviceFailure: compute.failure,
        engine: () => opened.report(),
        now: () => performance.now(),
      });
      return { ...outcome, device: compute.info, batches };
    } catch (error) {
      return { status: 'failed', fault: faultOf(error), device: compute?.info ?? null, batches };
    } finally {
      events.close();
      compute?.dispose();
      gate = abort = null;
    }
  },

  pause: () => gate?.hold(),
  resume: () => gate?.open(),
  step: (n) => gate?.allow(n),
  stop: () => abort?.abort(),
};

expose(runner);
