import { expose } from 'comlink';
import { createWebDataSource } from '../src/data/web-data-source';
import { openCompute } from '../src/engine/open-compute';
import { cards } from '../src/experiments/cards';
import { loadInspector } from '../src/experiments/inspectors';
// For its effect: plain tfjs operations then run on our kernels.
import '../src/kernels/native';
import { createRng } from '../src/math/philox-rng';
import { faultOf } from '../src/run/drive';
import { modelOf, type InspectionRequest, type Inspector, type InspectorWorker } from '../src/run/inspector';
import { openCheckpoints } from '../src/run/opfs-checkpoints';
import { parseSpec } from '../src/spec/parse-spec';
import { breathe, dataRoot } from './surroundings';

/** A run's model, ready to be asked. The page ends the worker to free it, and the device with it. */
interface Opened {
  runId: string;
  inspector: Inspector;
  deviceFailure: Promise<never>;
}

let opened: Opened | null = null;
let asked: AbortController | null = null;

async function open(request: InspectionRequest, signal: AbortSignal): Promise<Opened> {
  const { runId, experiment, seed, backend } = request;
  const card = cards.get(experiment);
  if (!card) throw new Error(`No experiment "${experiment}"`);
  const spec = parseSpec(card.knobs, request.spec);
  const [openInspector, checkpoints] = await Promise.all([loadInspector(experiment), openCheckpoints()]);
  const compute = await openCompute(backend);
  try {
    const inspector = await openInspector(spec, {
      rng: createRng(seed),
      data: createWebDataSource(dataRoot),
      checkpoints,
      model: modelOf(runId),
      signal,
    });
    return { runId, inspector, deviceFailure: compute.failure };
  } catch (error) {
    compute.dispose();
    throw error;
  }
}

const inspector: InspectorWorker = {
  async ask(request, question, progress) {
    if (asked) throw new Error('This worker answers one question at a time');
    const { signal } = (asked = new AbortController());
    try {
      opened ??= await open(request, signal);
      if (opened.runId !== request.runId)
        throw new Error('This worker holds another run’s model; every run has a worker of its own');
      const answering = opened.inspector.ask(question, signal);
      for (;;) {
        const next = await Promise.race([answering.next(), opened.deviceFailure]);
        if (next.done === true) return { status: 'answered', answer: next.value };
        progress.postMessage(next.value);
        await breathe();
      }
    } catch (error) {
      return signal.aborted ? { status: 'aborted' } : { status: 'failed', fault: faultOf(error) };
    } finally {
      asked = null;
      progress.close();
    }
  },
  abort: () => asked?.abort(),
};

expose(inspector);
