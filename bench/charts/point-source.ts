import { expose } from 'comlink';
import type { Batch, Runner, ScalarColumns } from '../../src/run/protocol';

/**
 * Stands where the page's worker stands and reports points instead of training, so that only the page's own work is
 * measured. Runs of the first two seeds report all at once, the others as a fast GPU would, every 50 ms as the driver does.
 */
const POINTS = 10_000;
const BATCH_MS = 50;
const LIVE_MS = 10_000;
const EVALUATIONS_EVERY = 100;
/** Seeds from here on report live. */
const FIRST_LIVE_SEED = 2;

const wait = (ms: number) => new Promise((done) => setTimeout(done, ms));

/** A falling curve with noise that is the same each time. */
const lossAt = (step: number, seed: number): number =>
  0.3 + 2 / (1 + step / 500) + 0.1 * Math.sin(step * 12.9898 + seed * 78.233);

function columnsOf(metric: string, steps: readonly number[], value: (step: number) => number): ScalarColumns {
  return {
    metric,
    step: Float64Array.from(steps),
    trainMs: Float64Array.from(steps),
    value: Float64Array.from(steps, value),
  };
}

function scalarsBetween(from: number, to: number, seed: number): ScalarColumns[] {
  const steps = Array.from({ length: to - from }, (_, i) => from + i + 1);
  const evaluated = steps.filter((step) => step % EVALUATIONS_EVERY === 0);
  return [
    columnsOf('trainLoss', steps, (step) => lossAt(step, seed)),
    columnsOf('learningRate', steps, (step) => 1e-3 * (1 - step / POINTS)),
    columnsOf('throughput', steps, (step) => 1000 + 50 * Math.sin(step)),
    columnsOf('testLoss', evaluated, (step) => lossAt(step, seed)),
    columnsOf('testAccuracy', evaluated, (step) => 1 - lossAt(step, seed) / 3),
  ].filter(({ step }) => step.length > 0);
}

const device = { backend: 'webgpu', adapter: 'a source of points', software: false } as const;

const source: Runner = {
  probe: () => Promise.resolve(device),
  async start({ runId, seed }, events) {
    let batches = 0;
    const send = (from: number, to: number) => {
      const batch: Batch = {
        runId,
        seq: batches++,
        step: to,
        trainMs: to,
        phases: {},
        paused: false,
        phase: { kind: 'phase', phase: 'training' },
        scalars: scalarsBetween(from, to, seed),
      };
      events.postMessage(batch);
    };
    if (seed < FIRST_LIVE_SEED) send(0, POINTS);
    const startedAt = performance.now();
    for (let sent = seed < FIRST_LIVE_SEED ? POINTS : 0; sent < POINTS;) {
      await wait(BATCH_MS);
      const due = Math.min(POINTS, Math.floor(((performance.now() - startedAt) / LIVE_MS) * POINTS));
      if (due > sent) send(sent, due);
      sent = due;
    }
    return { status: 'done', summary: {}, device, batches };
  },
  pause: () => undefined,
  resume: () => undefined,
  step: () => undefined,
  stop: () => undefined,
};

expose(source);
