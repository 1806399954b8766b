import * as tf from '@tensorflow/tfjs-core';
import type { CapturedStep, CaptureOutcome, StepDefinition } from './captured-step';
import { columnsOf, runOnce } from './eager-step';
import type { LabBackend } from './lab-backend';
import { MetricRing } from './metric-ring';
import { isSame, readWhole, writeWhole } from './buffer-values';
import { isSameWork, replay, type Recording } from './recording';
import { checkInputs, inputTensors, StepInputs, type InputSpecs, type InputValues } from './step-inputs';
import { checkState, traceStep, type Trace } from './trace-step';

/** Replays compared with tfjs before they are trusted. */
const VERIFIED_REPLAYS = 2;
/** The fewest dispatches worth a submit of their own; also tfjs's own measure. */
const SUBMIT_DISPATCHES = 15;
/** Steps sent to the device and not done yet. More would only lengthen the wait for a pause or a reading. */
const STEPS_IN_FLIGHT = 3;

/** A step on the lab backend: recorded when it first runs, verified, then replayed. */
export class ReplayedStep<I extends InputSpecs, O extends string> implements CapturedStep<I, O> {
  outcome: CaptureOutcome | null = null;
  private readonly inputs: StepInputs<I>;
  private readonly ring: MetricRing;
  private captured: Trace | null = null;
  private verified = 0;
  /** Into how many pieces a replay is cut. */
  private submits = 1;
  private readonly inFlight: Promise<undefined>[] = [];
  private isBusy = false;
  private isDisposed = false;

  /** @param submitMs milliseconds of GPU work in one submit, roughly */
  constructor(
    private readonly backend: LabBackend,
    private readonly definition: StepDefinition<I, O>,
    private readonly submitMs: number,
  ) {
    this.inputs = new StepInputs(backend, definition.inputs);
    this.ring = new MetricRing(backend.device, definition.outputs.length);
  }

  async run(values: InputValues<I>): Promise<void> {
    checkInputs(this.definition.inputs, values);
    if (this.isDisposed) throw new Error('the step was disposed of');
    if (this.isBusy) throw new Error('the step before is not through: await it first');
    this.isBusy = true;
    try {
      if (this.ring.isFull) await this.ring.drain();
      if (this.outcome?.captured === false) this.runEagerly(values);
      else if (!this.captured) this.record(values);
      else if (!this.outcome) await this.verify(this.captured, values);
      else this.replay(this.captured, values, true);
      this.inFlight.push(this.backend.device.queue.onSubmittedWorkDone());
      if (this.inFlight.length >= STEPS_IN_FLIGHT) await this.inFlight.shift();
    } finally {
      this.isBusy = false;
    }
  }

  async read(): Promise<Record<O, Float32Array>> {
    await this.backend.programs.settled();
    const { outputs } = this.definition;
    const rows = await this.ring.read();
    return columnsOf(outputs, (i) => rows.filter((_, at) => at % outputs.length === i));
  }

  dispose(): void {
    if (this.captured) this.backend.forget(this.captured.recording);
    this.captured = null;
    this.isDisposed = true;
    this.inputs.dispose();
    this.ring.dispose();
  }

  private record(values: InputValues<I>): void {
    this.backend.submitPending(); // what is only encoded so far must not see the new inputs
    this.inputs.write(values);
    const trace = traceStep(this.backend, this.definition, () => this.inputs.tensors);
    this.push(trace.outputs);
    tf.dispose(trace.results);
    this.submits = mostSubmits(trace.recording);
    if (trace.recording.problems.size === 0) this.captured = trace;
    else this.giveUp([trace]);
  }

  /** Runs the step in tfjs and again as a replay, from the same state, and compares every bit of state and outputs. */
  private async verify(captured: Trace, values: InputValues<I>): Promise<void> {
    const { backend, definition } = this;
    const { device } = backend;
    checkState(backend, captured);
    backend.submitPending();
    const state = [...captured.recording.state.values()];
    const before = await readWhole(device, state);
    const trace = traceStep(backend, definition, () => inputTensors(definition.inputs, values));
    const { problems } = trace.recording;
    if (!isSameWork(captured.recording, trace.recording))
      problems.add('its commands change from step to step');
    const wanted = await readWhole(device, [...trace.outputs, ...state]);
    if (problems.size === 0) {
      writeWhole(device, state, before);
      const startedAt = performance.now();
      this.replay(captured, values, false);
      await device.queue.onSubmittedWorkDone();
      this.adaptSubmits(performance.now() - startedAt, captured);
      const got = await readWhole(device, [...captured.outputs, ...state]);
      const names = [...definition.outputs, ...state.map((_, i) => `changed tensor ${i + 1}`)];
      const wrong = names.filter((_, i) => !isSame(wanted[i], got[i]));
      if (wrong.length > 0) problems.add(`a replay differs from the step in ${wrong.slice(0, 3).join(', ')}`);
      writeWhole(device, state, wanted.slice(trace.outputs.length));
    }
    this.push(trace.outputs);
    tf.dispose(trace.results);
    if (problems.size > 0) {
      this.giveUp([trace, captured]);
      return;
    }
    backend.forget(trace.recording);
    if (++this.verified === VERIFIED_REPLAYS) this.outcome = { captured: true };
  }

  private replay(captured: Trace, values: InputValues<I>, isCounted: boolean): void {
    const { backend } = this;
    checkState(backend, captured);
    backend.submitPending();
    this.inputs.write(values);
    replay(backend.device, captured.recording.commands, this.submits, (encoder) => {
      if (isCounted) this.ring.encode(encoder, captured.outputs);
    });
    backend.forgetCached(captured.recording.state.keys());
  }

  private runEagerly(values: InputValues<I>): void {
    const { backend, definition } = this;
    const results = runOnce(definition, () => inputTensors(definition.inputs, values));
    const outputs = results.map((result) => backend.bufferOf(result));
    backend.submitPending();
    this.push(outputs);
    tf.dispose(results);
  }

  private push(outputs: readonly GPUBuffer[]): void {
    const { device } = this.backend;
    const encoder = device.createCommandEncoder();
    this.ring.encode(encoder, outputs);
    device.queue.submit([encoder.finish()]);
  }

  /** Only the clock decides here; into how many pieces a replay is cut changes no result. */
  private adaptSubmits(spentMs: number, { recording }: Trace): void {
    this.submits = Math.min(Math.max(1, Math.ceil(spentMs / this.submitMs)), mostSubmits(recording));
  }

  private giveUp([latest, ...others]: [Trace, ...Trace[]]): void {
    for (const { recording } of [latest, ...others]) this.backend.forget(recording);
    this.captured = null;
    this.outcome = { captured: false, reason: [...latest.recording.problems].join('; ') };
  }
}

const mostSubmits = ({ commands }: Recording): number => Math.ceil(commands.length / SUBMIT_DISPATCHES);
