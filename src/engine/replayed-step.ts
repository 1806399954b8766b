import * as tf from '@tensorflow/tfjs-core';
import { CapturePool } from './capture-pool';
import type { CapturedStep, CaptureOutcome, StepDefinition } from './captured-step';
import { runOnce } from './eager-step';
import type { LabBackend } from './lab-backend';
import { MetricRing } from './metric-ring';
import { readBuffers } from './read-buffers';
import { Recording, replay } from './recording';
import { checkInputs, inputTensors, StepInputs, type InputSpecs, type InputValues } from './step-inputs';

/** Replays compared with tfjs before they are trusted. */
const VERIFIED_REPLAYS = 2;
/** Steps sent to the device and not done yet. More would only lengthen the wait for a pause or a reading. */
const STEPS_IN_FLIGHT = 3;

interface Captured {
  recording: Recording;
  outputs: GPUBuffer[];
  /** Variables the step used and the data they had, to notice when one is given other data. */
  variables: (readonly [tf.Variable, object])[];
  verified: number;
}

/** A step on the lab backend: recorded when it first runs, verified, then replayed. */
export class ReplayedStep<I extends InputSpecs, O extends string> implements CapturedStep<I, O> {
  outcome: CaptureOutcome | null = null;
  private readonly inputs: StepInputs<I>;
  private readonly ring: MetricRing;
  private captured: Captured | null = null;
  private readonly inFlight: Promise<undefined>[] = [];
  private isBusy = false;

  constructor(
    private readonly backend: LabBackend,
    private readonly definition: StepDefinition<I, O>,
  ) {
    this.inputs = new StepInputs(backend, definition.inputs);
    this.ring = new MetricRing(backend.device, definition.outputs.length);
  }

  async run(values: InputValues<I>): Promise<void> {
    checkInputs(this.definition.inputs, values);
    if (this.isBusy) throw new Error('the step before is not through: await it first');
    this.isBusy = true;
    try {
      await this.ring.reserve();
      if (this.outcome?.captured === false) this.pushTensors(this.runEagerly(values));
      else if (!this.captured) this.record(values);
      else if (!this.outcome) await this.verify(this.captured, values);
      else this.sendAgain(this.captured, values);
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
    return Object.fromEntries(
      outputs.map((name, i) => [name, rows.filter((_, at) => at % outputs.length === i)]),
    ) as Record<O, Float32Array>;
  }

  dispose(): void {
    if (this.captured) this.backend.forget(this.captured.recording);
    this.captured = null;
    this.outcome = { captured: false, reason: 'it was disposed of' };
    this.inputs.dispose();
    this.ring.dispose();
  }

  /** Runs the step in tfjs while its commands are noted. */
  private record(values: InputValues<I>): void {
    const { backend, definition, inputs } = this;
    const recording = new Recording(new CapturePool(backend.device, backend.bufferManager));
    const before = new Map(variables().map((variable) => [variable, variable.dataId]));
    let results: tf.Scalar[];
    let outputs: GPUBuffer[];
    try {
      backend.submitPending();
      inputs.write(values);
      [results, outputs] = backend.record(recording, () => {
        const results = runOnce(definition, () => inputs.tensors);
        return [results, results.map((result) => backend.bufferOf(result))];
      });
    } catch (error) {
      backend.forget(recording);
      throw error;
    }
    for (const [variable, dataId] of before)
      if (variable.dataId !== dataId)
        recording.problems.add(`it gives the variable ${variable.name} a new tensor`);
    const own = new Set(results.map(({ dataId }) => dataId));
    const kept = [...recording.created].filter((dataId) => !own.has(dataId) && backend.isOnDevice(dataId));
    if (kept.length > 0) recording.problems.add(`it leaves ${kept.length} tensors behind`);
    this.pushTensors(results);
    if (recording.problems.size > 0) {
      this.giveUp(recording, [...recording.problems].join('; '));
      return;
    }
    const used = [...before].filter(([, dataId]) => recording.outer.has(dataId));
    this.captured = { recording, outputs, variables: used, verified: 0 };
  }

  /** Runs the step in tfjs and again as a replay, from the same state, and compares every bit of state and outputs. */
  private async verify(captured: Captured, values: InputValues<I>): Promise<void> {
    const { backend, ring } = this;
    const { device } = backend;
    const state = [...captured.recording.state.values()];
    checkState(backend, captured);
    backend.submitPending();
    const read = (outputs: readonly GPUBuffer[]) =>
      readBuffers(device, [
        ...outputs.map((buffer) => ({ buffer, size: 4 })),
        ...state.map((buffer) => ({ buffer, size: buffer.size })),
      ]);
    const restore = (words: readonly Uint32Array<ArrayBuffer>[]) => {
      for (const [i, buffer] of state.entries()) {
        const saved = words[i];
        if (saved) device.queue.writeBuffer(buffer, 0, saved);
      }
    };
    const before = await read([]);
    const results = this.runEagerly(values);
    const wanted = await read(results.map((result) => backend.bufferOf(result)));
    restore(before);
    this.sendCommands(captured, values, () => undefined);
    const got = await read(captured.outputs);
    const names = [...this.definition.outputs, ...state.map((_, i) => `changed tensor ${i + 1}`)];
    const wrong = names.filter((_, i) => !isSame(wanted[i], got[i]));
    if (wrong.length === 0) {
      tf.dispose(results);
      this.push(captured.outputs);
      if (++captured.verified === VERIFIED_REPLAYS) this.outcome = { captured: true };
      return;
    }
    restore(wanted.slice(results.length));
    this.pushTensors(results);
    this.captured = null;
    this.giveUp(captured.recording, `a replay differs from the step in ${wrong.slice(0, 3).join(', ')}`);
    await ring.reserve();
  }

  private sendAgain(captured: Captured, values: InputValues<I>): void {
    checkState(this.backend, captured);
    this.sendCommands(captured, values, (encoder) => this.ring.encode(encoder, captured.outputs));
  }

  private sendCommands(
    { recording }: Captured,
    values: InputValues<I>,
    finish: (encoder: GPUCommandEncoder) => void,
  ): void {
    const { backend } = this;
    backend.submitPending();
    this.inputs.write(values);
    replay(backend.device, recording.commands, 1, finish);
    backend.forgetCached(recording.state.keys());
  }

  private runEagerly(values: InputValues<I>): tf.Scalar[] {
    const { backend, definition } = this;
    const results = runOnce(definition, () => inputTensors(definition.inputs, values));
    for (const result of results) backend.bufferOf(result);
    backend.submitPending();
    return results;
  }

  private pushTensors(results: tf.Scalar[]): void {
    this.push(results.map((result) => this.backend.bufferOf(result)));
    tf.dispose(results);
  }

  private push(outputs: readonly GPUBuffer[]): void {
    const { device } = this.backend;
    const encoder = device.createCommandEncoder();
    this.ring.encode(encoder, outputs);
    device.queue.submit([encoder.finish()]);
  }

  private giveUp(recording: Recording, reason: string): void {
    this.backend.forget(recording);
    this.outcome = { captured: false, reason };
  }
}

const variables = (): tf.Variable[] => Object.values(tf.engine().registeredVariables);

/** @throws Error when a replay would change or read other data than the step itself would. */
function checkState(backend: LabBackend, { recording, variables }: Captured): void {
  for (const [variable, dataId] of variables)
    if (variable.isDisposed || variable.dataId !== dataId)
      throw new Error(`the variable ${variable.name} was replaced since the step was captured: capture it anew`);
  for (const [dataId, buffer] of recording.outer)
    if (!backend.isOnDevice(dataId, buffer))
      throw new Error('a tensor the step uses has moved since the step was captured: capture it anew');
}

const isSame = (a: Uint32Array | undefined, b: Uint32Array | undefined): boolean =>
  a !== undefined && b?.length === a.length && a.every((word, i) => word === b[i]);
