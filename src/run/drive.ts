import { DeviceLostError } from '../engine/device-error';
import type { EngineReport } from '../engine/engine-report';
import { Batcher } from './batcher';
import type { RunFacts } from './events';
import type { Run, RunContext } from './experiment';
import type { Gate } from './gate';
import { PhaseClock } from './phase-clock';
import type { Batch, Fault, ReportedFacts, RunOutcome } from './protocol';
import type { Spec } from '../spec/knob';

/** Between two batches, while there is something to say. */
const FLUSH_MS = 50;
/** Between two readings of results from the device while training freely. */
const REPORT_MS = 150;
/** How long the word that the device was lost may take after the first sign of it. */
const LOSS_MS = 250;
/** Names of the metrics that the driver measures itself: images per second now, milliseconds per step all along. */
const THROUGHPUT = 'throughput';
const STEP_TIME = 'stepTime';

export interface Drive {
  runId: string;
  run: Run;
  spec: Spec;
  context: Omit<RunContext, 'reportDue' | 'runId' | 'clock'>;
  gate: Gate;
  send(batch: Batch): void;
  /** Lets the thread receive its messages. */
  breathe(): Promise<void>;
  /** Rejects when the device fails. */
  deviceFailure: Promise<never>;
  /** How the device computed so far; told with the facts whenever it has changed. */
  engine?: () => EngineReport;
  /** Milliseconds from any fixed origin, monotonic. */
  now(): number;
}

/**
 * Pulls a run's events until it ends, holds it at step boundaries when the gate is closed, those of pre-training too,
 * keeps its training clock, which stands still while checkpoints are written, and sends its reports in batches. Never
 * rejects: a failure is an outcome.
 *
 * A run that is to stop is pulled on until it ends by itself, so that it can report what it has computed and not told
 * yet: it looks at its signal at every step. One that loads, evaluates or completes a second step instead is closed.
 */
export async function drive(d: Drive): Promise<RunOutcome> {
  const { signal } = d.context;
  const batcher = new Batcher(d.runId);
  batcher.setStep(d.context.resume?.step ?? 0);
  let trainMs = 0;
  let batchSize = 0;
  const clock = new PhaseClock();
  let isSaving = false;
  let flushedAt = d.now();
  const report = { due: false, at: d.now() };
  /** Where the throughput is next counted from; null until the first step of training proper. */
  let rate: { step: number; trainMs: number } | null = null;
  /** The first step of training proper, and the last. */
  let first: { step: number; trainMs: number } | null = null;
  let last = 0;
  let told = 0;
  const addStepTime = () => {
    if (!first || last <= first.step || last === told) return;
    told = last;
    const stepTime = (trainMs - first.trainMs) / (last - first.step);
    batcher.add({ kind: 'scalars', step: last, values: { [STEP_TIME]: stepTime } }, trainMs);
  };

  let facts: RunFacts | null = null;
  let engineTold = '';
  const tellEngine = () => {
    const engine = d.engine?.();
    if (!facts || !engine) return;
    const text = JSON.stringify(engine);
    if (text === engineTold) return;
    engineTold = text;
    const told: ReportedFacts = { ...facts, engine };
    batcher.setFacts(told);
  };
  const flush = (paused: boolean) => {
    tellEngine();
    d.send(batcher.take({ trainMs, phases: clock.times(), paused }));
    flushedAt = d.now();
  };
  const reportDue = () => {
    report.due = d.gate.stepping || d.now() - report.at >= REPORT_MS;
    if (report.due) report.at = d.now();
    return report.due;
  };
  const holdHere = async () => {
    if (!d.gate.closed || signal.aborted) return;
    flush(true);
    await d.gate.pass(signal).catch(() => undefined); // aborted: the run itself ends then
    flush(false);
  };
  /** Steps completed since the run was to stop. */
  let stepsTooMany = 0;
  /** Steps of pre-training at its last word; infinite before the first, which may tell of steps of an earlier run. */
  let pretrained = Infinity;

  const events = d.run(d.spec, {
    ...d.context,
    runId: d.runId,
    reportDue,
    clock: () => ({ trainMs, phases: clock.times() }),
  });
  try {
    for (;;) {
      const startedAt = d.now();
      const next = await Promise.race([events.next(), d.deviceFailure]);
      const spent = d.now() - startedAt;
      if (isSaving) clock.spendSaving(spent);
      else clock.spend(spent);
      if (!isSaving && clock.phase === 'training') trainMs += spent;
      isSaving = false;
      if (next.done === true) {
        addStepTime();
        return { status: 'done', summary: next.value };
      }
      const event = next.value;
      switch (event.kind) {
        case 'phase':
          if (event.phase !== 'training' && event.phase !== 'compiling') signal.throwIfAborted();
          clock.enter(event.phase);
          batcher.setPhase(event);
          if (event.phase === 'pretraining' && event.progress) {
            if (event.progress.done > pretrained) d.gate.spend();
            pretrained = event.progress.done;
          }
          if (event.phase === 'compiling' || event.phase === 'pretraining') await holdHere();
          break;
        case 'facts':
          facts = event.facts;
          batchSize = facts.batchSize;
          batcher.setFacts(facts);
          engineTold = '';
          break;
        case 'scalars':
          batcher.add(event, trainMs);
          break;
        case 'snapshot':
          batcher.addSnapshot(event.snapshot);
          break;
        case 'step':
          batcher.setStep(event.step);
          if (signal.aborted && ++stepsTooMany > 1) signal.throwIfAborted();
          if (clock.phase === 'training') {
            rate ??= { step: event.step, trainMs };
            first ??= rate;
            last = event.step;
          }
          if (rate && report.due && trainMs - rate.trainMs >= REPORT_MS) {
            const images = (event.step - rate.step) * batchSize;
            const throughput = (1000 * images) / (trainMs - rate.trainMs);
            batcher.add({ kind: 'scalars', step: event.step, values: { [THROUGHPUT]: throughput } }, trainMs);
            addStepTime();
            rate = { step: event.step, trainMs };
          }
          d.gate.spend();
          // Held only once the step has reported, so that the curves are complete up to where the run stands.
          if (report.due) await holdHere();
          report.due = false;
          break;
        case 'resumed':
          trainMs = event.trainMs;
          clock.add(event.phases);
          batcher.setResumed({ step: event.step, trainMs });
          break;
        case 'saving':
          isSaving = true;
          break;
        case 'saved':
          if (event.step !== null) batcher.setCheckpoint(event.step);
          break;
        default:
          event satisfies never;
      }
      if (d.now() - flushedAt >= FLUSH_MS) {
        flush(false);
        await d.breathe();
      }
    }
  } catch (error) {
    if (signal.aborted) return { status: 'stopped' };
    return { status: 'failed', fault: faultOf(await causeOf(error, d.deviceFailure)) };
  } finally {
    flush(false);
    // A generator that waits for a lost device never closes; the failure itself then ends the wait.
    await Promise.race([closeQuietly(events), d.deviceFailure.catch(() => undefined)]);
  }
}

/**
 * Why a run failed. What waits for results of a lost device is told before the loss itself, by names that nothing else in a
 * run has, and that may be all that there is to know: what the browser says of the loss is worth a moment's wait.
 */
async function causeOf(error: unknown, deviceFailure: Promise<never>): Promise<unknown> {
  const { name, message } = faultOf(error);
  if (name !== 'AbortError' && name !== 'OperationError') return error;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const inVain = new Promise<unknown>(
    (done) => (timer = setTimeout(() => done(new DeviceLostError(message)), LOSS_MS)),
  );
  try {
    return await Promise.race([deviceFailure.catch((loss: unknown) => loss), inVain]);
  } finally {
    clearTimeout(timer);
  }
}

/** Lets the generator free what it holds. A failed device may refuse that too; the outcome then already says why. */
async function closeQuietly(events: ReturnType<Run>): Promise<void> {
  try {
    await events.return({});
  } catch {
    // The run has ended and its outcome stands.
  }
}

/** An error as a value that crosses threads. */
export function faultOf(error: unknown): Fault {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { name, message, stack } = error;
  return { name, message, ...(stack !== undefined && { stack }) };
}
