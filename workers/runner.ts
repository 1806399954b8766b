import { expose } from 'comlink';
import { createWebDataSource } from '../src/data/web-data-source';
import { IndexedDbChoices } from '../src/engine/indexed-db-choices';
import { openCompute, type Compute } from '../src/engine/open-compute';
import { cards } from '../src/experiments/cards';
import { loadRun } from '../src/experiments/runs';
// For its effect: plain tfjs operations then run on our kernels.
import '../src/kernels/native';
import { createRng } from '../src/math/philox-rng';
import { transferables } from '../src/run/batcher';
import { drive, faultOf } from '../src/run/drive';
import { Gate } from '../src/run/gate';
import type { RunEnd, Runner } from '../src/run/protocol';
import { parseSpec } from '../src/spec/parse-spec';

/** Data sets lie beside the built scripts' folder, wherever the site is served from. */
const dataRoot = new URL(/* @vite-ignore */ `${import.meta.env.DEV ? '/' : '../'}data/`, import.meta.url);

let gate: Gate | null = null;
let abort: AbortController | null = null;

/** Gives the thread's waiting messages their turn, without a timer that a hidden tab would slow down. */
const breathe = () =>
  new Promise<void>((done) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      done();
    };
    port2.postMessage(null);
  });

const runner: Runner = {
  async probe() {
    const compute = await openCompute();
    compute.dispose();
    return compute.info;
  },

  async start(request, events): Promise<RunEnd> {
    if (gate) throw new Error('This worker already runs; every run has a worker of its own');
    gate = new Gate(request.paused ?? false);
    abort = new AbortController();
    let compute: Compute | null = null;
    let batches = 0;
    try {
      const card = cards.get(request.experiment);
      if (!card) throw new Error(`No experiment "${request.experiment}"`);
      const spec = parseSpec(card.knobs, request.spec);
      const [run, opened] = await Promise.all([
        loadRun(request.experiment),
        openCompute(request.backend, { choices: new IndexedDbChoices() }),
      ]);
      compute = opened;
      const outcome = await drive({
        runId: request.runId,
        run,
        spec,
        context: {
          rng: createRng(request.seed),
          data: createWebDataSource(dataRoot),
          device: compute.info,
          signal: abort.signal,
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
    }
  },

  pause: () => gate?.hold(),
  resume: () => gate?.open(),
  step: (n) => gate?.allow(n),
  stop: () => abort?.abort(),
};

expose(runner);
