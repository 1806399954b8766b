import * as tf from '@tensorflow/tfjs-core';
import type { CaptureOutcome } from './capture-outcome';
import type { CapturedStep, StepDefinition } from './captured-step';
import type { VariantGuide } from './contest';
import { runOnce } from './eager-step';
import type { LabBackend } from './lab-backend';
import { MetricRing } from './metric-ring';
import { isSame, readWhole, writeWhole } from './buffer-values';
import { isSameWork, replay, type Recording } from './recording';
import { checkInputs, inputTensors, StepInputs, type InputSpecs, type InputValues } from './step-inputs';
import { columnsOf, fieldsOf, type StepField } from './step-outputs';
import { StepScout } from './step-scout';
import { checkState, traceStep, type Trace } from './trace-step';
import type { VariantChooser } from './variant-chooser';
import type { VariantPlan } from './variant-plan';

/** Replays compared with tfjs before they are trusted. */
const VERIFIED_REPLAYS = 2;
/** The fewest dispatches worth a submit of their own; also tfjs's own measure. */
const SUBMIT_DISPATCHES = 15;
/** Steps sent to the device and not done yet. More would only lengthen the wait for a pause or a reading. */
const STEPS_IN_FLIGHT = 3;

/** Whether this step, counted from 1, is compared once more: a number read in JavaScript may change late. */
const isRechecked = (step: number): boolean => step >= 10 && Number.isInteger(Math.log10(step));

/**
 * A step on the lab backend: recorded when it first runs, verified, then replayed. Where variants are timed, the first
 * run is undone once it is known what the step launches, and run again on the variants that won.
 */
export class ReplayedStep<
  I extends InputSpecs,
  O extends string,
  V extends string = never,
> implements CapturedStep<I, O, V> {
  outcome: CaptureOutcome | null = null;
  private readonly inputs: StepInputs<I>;
  private readonly fields: readonly StepField<O | V>[];
  private readonly ring: MetricRing;
  private captured: Trace | null = null;
  /** Variants it runs on; null for the defaults. */
  private plan: VariantPlan | null = null;
  /** Steps run. */
  private steps = 0;
  private verified = 0;
  /** Into how many pieces a replay is cut. */
  private submits = 1;
  private readonly inFlight: Promise<undefined>[] = [];
  private isBusy = false;
  private isDisposed = false;

  /** @param submitMs milliseconds of GPU work in one submit, roughly */
  constructor(
    private readonly backend: LabBackend,
    private readonly definition: StepDefinition<I, O, V>,
    private readonly submitMs: number,
  ) {
    this.inputs = new StepInputs(backend, definition.inputs);
    this.fields = fieldsOf(definition);
    this.ring = new MetricRing(
      backend.device,
      this.fields.map(({ length }) => length),
    );
  }

  async run(values: InputValues<I>): Promise<void> {
    checkInputs(this.definition.inputs, values);
    if (this.isDisposed) throw new Error('the step was disposed of');
    if (this.isBusy) throw new Error('the step before is not through: await it first');
    this.isBusy = true;
    try {
      if (this.ring.isFull) await this.ring.drain();
      this.steps++;
      if (this.outcome?.captured === false) this.runEagerly(values);
      else if (!this.captured) await this.record(values);
      else if (!this.outcome || isRechecked(this.steps)) await this.verify(this.captured, values);
      else this.replay(this.captured, values, true);
      this.inFlight.push(this.backend.device.queue.onSubmittedWorkDone());
      if (this.inFlight.length >= STEPS_IN_FLIGHT) await this.inFlight.shift();
    } finally {
      this.isBusy = false;
    }
  }

  async read(): Promise<Record<O | V, Float32Array>> {
    await this.backend.programs.settled();
    return columnsOf(this.fields, await this.ring.read());
  }

  dispose(): void {
    if (this.captured) this.backend.forget(this.captured.recording);
    this.captured = null;
    this.isDisposed = true;
    this.inputs.dispose();
    this.ring.dispose();
  }

  private async record(values: InputValues<I>): Promise<void> {
    this.backend.submitPending(); // what is only encoded so far must not see the new inputs
    this.inputs.write(values);
    const { chooser } = this.backend;
    const trace = chooser ? await this.traceChoosing(chooser) : this.trace(null);
    this.push(trace.outputs);
    tf.dispose(trace.results);
    this.submits = mostSubmits(trace.recording);
    if (trace.recording.problems.size === 0) this.captured = trace;
    else this.giveUp([trace]);
  }

  private trace(guide: VariantGuide | null, beforeChange?: (buffer: GPUBuffer) => void): Trace {
    return traceStep(this.backend, this.definition, () => this.inputs.tensors, guide, beforeChange);
  }

  /**
   * Runs the step on the default variants, whatever was chosen before, so that a step that cannot be captured is the
   * same in every run; then, where others were chosen, puts the state back and runs it on those.
   */
  private async traceChoosing(chooser: VariantChooser): Promise<Trace> {
    const { backend } = this;
    const scout = new StepScout(backend);
    try {
      const trace = this.trace(scout, (buffer) => {
        scout.beforeChange(buffer);
      });
      if (trace.recording.problems.size > 0) return trace;
      const plan = await chooser.settle(backend, scout.sightings.values());
      if (plan.isDefault) return trace;
      checkState(backend, trace);
      scout.undo();
      backend.forgetCached(trace.recording.state.keys());
      tf.dispose(trace.results);
      backend.forget(trace.recording);
      this.plan = plan;
      return this.trace(plan);
    } finally {
      scout.dispose();
    }
  }

  /** Runs the step in tfjs and again as a replay, from the same state, and compares every bit of state and outputs. */
  private async verify(captured: Trace, values: InputValues<I>): Promise<void> {
    const { backend, definition } = this;
    const { device } = backend;
    checkState(backend, captured);
    backend.submitPending();
    const state = [...captured.recording.state.values()];
    const before = await readWhole(device, state);
    const trace = traceStep(backend, definition, () => inputTensors(definition.inputs, values), this.plan);
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
      const names = [
        ...this.fields.map(({ name }) => name),
        ...state.map((_, i) => `changed tensor ${i + 1}`),
      ];
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
    if (++this.verified === VERIFIED_REPLAYS) this.settle({ captured: true });
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
    const results = backend.guided(this.plan, () =>
      runOnce(definition, () => inputTensors(definition.inputs, values)),
    );
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
    const reason = [...latest.recording.problems].join('; ');
    this.settle({ captured: false, reason: this.outcome ? `from step ${this.steps} on, ${reason}` : reason });
  }

  private settle(outcome: CaptureOutcome): void {
    this.outcome = outcome;
    this.backend.noteCapture(outcome);
  }
}

const mostSubmits = ({ commands }: Recording): number => Math.ceil(commands.length / SUBMIT_DISPATCHES);
