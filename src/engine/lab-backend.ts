import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type { CaptureOutcome } from './capture-outcome';
import type { VariantGuide } from './contest';
import type { EngineReport } from './engine-report';
import type { LabDevice } from './lab-device';
import type { Programs, ProgramSource } from './programs';
import type { Recording } from './recording';
import {
  encodeDispatch,
  exchangePool,
  pendingEncoder,
  releaseUniformAfterSubmit,
  submit,
  usePipelines,
  type BufferPool,
} from './tfjs-private';
import type { VariantChooser } from './variant-chooser';

/** The name under which tfjs knows the backend. */
export const LAB = 'lab';

// Before any kernel of ours is registered over a copied one.
tf.copyRegisteredKernels('webgpu', LAB);

/** Kernels of ours by tfjs's dispatch name, filled as they are defined. */
const nativeNames = new Set<string>();

/** Notes that `name` runs on our own WGSL on the lab backend; a record of a run lists these. */
export function noteNativeKernel(name: string): void {
  nativeNames.add(name);
}

export const nativeKernelNames = (): string[] => [...nativeNames].sort();

export interface Launch {
  source: ProgramSource;
  inputs: readonly tf.TensorInfo[];
  /** Written by the launch. A tensor that exists already is updated in place and must not be an input as well. */
  outputs: readonly tf.TensorInfo[];
  /** The uniform `Params`, packed as WGSL lays it out. */
  params: Uint32Array<ArrayBuffer>;
  workgroups: readonly [number, number, number];
}

/** How many distinct uniforms are kept for good; shapes repeat from step to step, so real runs need a few hundred. */
const keptUniforms = 4096;

const uniformUsage = () => GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST;

/** tfjs's WebGPU backend on a device of our own, plus launches of our kernels in tfjs's own command stream. */
export class LabBackend extends WebGPUBackend {
  readonly programs: Programs;
  /** For tests: runs this variant of each kernel that has it and whose sizes fit. */
  forcedVariant: string | null = null;
  /** Our own kernels that were launched, by name. */
  readonly launched = new Set<string>();
  private currentGuide: VariantGuide | null = null;
  private captured: CaptureOutcome | null = null;
  private readonly uniforms = new Map<string, GPUBuffer>();
  private recording: { notes: Recording; sharedPool: BufferPool } | null = null;
  /** Recordings whose buffers are reserved until they are forgotten. */
  private readonly recordings = new Set<Recording>();

  /** @param chooser settles variants for captured steps; null where the default ones run */
  constructor(
    { device, info, programs, pipelines }: LabDevice,
    readonly chooser: VariantChooser | null = null,
  ) {
    super(device, info);
    this.programs = programs;
    usePipelines(this, pipelines);
  }

  /**
   * Says which variants the launches under way run on; null where the defaults run. Outside captured steps that is
   * always so: whether another run has timed the same sizes before must not show in the results.
   */
  get guide(): VariantGuide | null {
    return this.currentGuide;
  }

  /** Runs something on the variants that the guide says. */
  guided<Result>(guide: VariantGuide | null, run: () => Result): Result {
    const former = this.currentGuide;
    this.currentGuide = guide;
    try {
      return run();
    } finally {
      this.currentGuide = former;
    }
  }

  /** Notes how a captured step runs from now on. One that is not replayed is what the report tells of. */
  noteCapture(outcome: CaptureOutcome): void {
    if (this.captured?.captured !== false) this.captured = outcome;
  }

  report(): EngineReport {
    return {
      features: [...this.device.features].sort(),
      kernels: [...this.launched].sort(),
      ...(this.captured && { captured: this.captured }),
      variants: this.chooser?.choices ?? [],
      notes: [...(this.chooser?.notes ?? [])],
    };
  }

  /**
   * Runs one kernel of ours in order with everything before it. Outputs get their buffers here; what was cached on the
   * CPU for them is forgotten.
   */
  launch({ source, inputs, outputs, params, workgroups }: Launch): void {
    const { pipeline, layout } = this.programs.get(source);
    const tensors = [...inputs, ...outputs];
    for (const { dataId } of tensors) this.uploadToGPU(dataId);
    this.forgetCached(outputs.map(({ dataId }) => dataId));
    for (const { dataId } of this.recording ? outputs : []) this.recording?.notes.noteChange(dataId);
    const buffers = [...tensors.map((tensor) => this.bufferOf(tensor)), this.uniformOf(params)];
    const bindings = this.device.createBindGroup({
      label: source.name,
      layout,
      entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
    });
    const dataIds = tensors.map(({ dataId }) => dataId);
    const batchSize = tf.env().getNumber('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE');
    encodeDispatch(this, { pipeline, bindings, workgroups, dataIds }, batchSize);
  }

  /** The storage buffer behind a tensor, uploaded if it was not yet. */
  bufferOf({ dataId }: tf.TensorInfo): GPUBuffer {
    this.uploadToGPU(dataId);
    const { resource } = this.tensorMap.get(dataId);
    if (!(resource instanceof GPUBuffer)) throw new Error('the tensor has no buffer on the device');
    return resource;
  }

  /** Forgets what was read back of these data: their buffers are about to change, or have. */
  forgetCached(dataIds: Iterable<object>): void {
    for (const dataId of dataIds) this.tensorMap.get(dataId).values = null as unknown as tf.BackendValues;
  }

  /** Whether this data exists and has a buffer; with `buffer`, whether it is that one. */
  isOnDevice(dataId: object, buffer?: GPUBuffer): boolean {
    if (!this.tensorMap.has(dataId)) return false;
    const { resource } = this.tensorMap.get(dataId);
    return buffer ? resource === buffer : resource instanceof GPUBuffer;
  }

  /**
   * Runs `step` as usual while noting what it sends to the device. What it allocates comes from the recording's own
   * pool, and the data it uses from before stay where they are, until the recording is forgotten.
   * @throws Error inside another recording.
   */
  record<Result>(notes: Recording, step: () => Result): Result {
    if (this.recording) throw new Error('a step cannot be captured inside another');
    this.submitPending();
    this.recordings.add(notes);
    this.recording = { notes, sharedPool: exchangePool(this, notes.pool) };
    try {
      return step();
    } finally {
      this.submitPending();
      exchangePool(this, this.recording.sharedPool);
      this.recording = null;
      // Their buffers are no business of the shared pool, which gets them back otherwise.
      for (const dataId of notes.created)
        if (this.isOnDevice(dataId)) this.tensorMap.get(dataId).external = true;
    }
  }

  /** Frees what a recording reserved. Tensors that its step left behind stay readable. */
  forget(notes: Recording): void {
    if (!this.recordings.delete(notes)) return;
    for (const dataId of notes.created)
      if (this.isOnDevice(dataId)) notes.pool.abandon(this.bufferOf({ dataId } as tf.TensorInfo));
    for (const dataId of notes.outer.keys())
      if (this.disposeData(dataId)) tf.engine().removeDataId(dataId, this);
    notes.pool.dispose();
  }

  override write(values: tf.BackendValues, shape: number[], dtype: tf.DataType): object {
    const dataId = super.write(values, shape, dtype);
    this.recording?.notes.created.add(dataId);
    return dataId;
  }

  /** tfjs and `launch` call this for every tensor they bind. */
  override uploadToGPU(dataId: object): void {
    if (!this.recording || this.recording.notes.created.has(dataId)) {
      super.uploadToGPU(dataId);
      return;
    }
    const { notes, sharedPool } = this.recording;
    if (notes.outer.has(dataId)) return;
    if (!this.isOnDevice(dataId)) {
      exchangePool(this, sharedPool);
      notes.outside(() => super.uploadToGPU(dataId));
      exchangePool(this, notes.pool);
    }
    const { resource } = this.tensorMap.get(dataId);
    if (!(resource instanceof GPUBuffer)) return;
    this.incRef(dataId);
    notes.outer.set(dataId, resource);
  }

  override readSync(dataId: object): tf.BackendValues {
    if (this.recording && this.isOnDevice(dataId)) this.recording.notes.problems.add('it reads values back');
    return super.readSync(dataId);
  }

  override ensureCommandEncoderReady(): void {
    const pending = pendingEncoder(this);
    super.ensureCommandEncoderReady();
    const encoder = pendingEncoder(this);
    if (encoder && encoder !== pending) this.recording?.notes.observe(encoder);
  }

  /** Counts what recordings reserve as used. */
  override memory() {
    const shared = super.memory();
    const reserved = [...this.recordings].reduce((sum, { pool }) => sum + pool.numBytesAllocated, 0);
    return {
      ...shared,
      numBytesInGPU: shared.numBytesInGPU + reserved,
      numBytesAllocatedInGPU: shared.numBytesAllocatedInGPU + reserved,
    };
  }

  /** Reads a tensor back. Never returns what a refused shader left behind. */
  override async read(dataId: object): Promise<tf.BackendValues> {
    this.recording?.notes.problems.add('it reads values back');
    await this.programs.settled();
    return super.read(dataId);
  }

  /** Sends everything encoded so far to the device. */
  submit(): void {
    submit(this);
  }

  /** The same, unless there is nothing to send. */
  submitPending(): void {
    if (pendingEncoder(this)) submit(this);
  }

  /** Frees every buffer; the device stays, with its programs. */
  override dispose(): void {
    for (const { pool } of this.recordings) pool.dispose();
    this.recordings.clear();
    for (const buffer of this.uniforms.values()) buffer.destroy();
    this.uniforms.clear();
    super.dispose();
  }

  /** Uniforms never change once written, so equal ones share a buffer that stays. */
  private uniformOf(params: Uint32Array<ArrayBuffer>): GPUBuffer {
    const key = params.join(',');
    const kept = this.uniforms.get(key);
    if (kept) return kept;
    const keep = this.uniforms.size < keptUniforms;
    const size = Math.max(16, Math.ceil(params.byteLength / 16) * 16);
    const buffer = keep
      ? this.device.createBuffer({ label: 'params', size, usage: uniformUsage() })
      : this.bufferManager.acquireBuffer(size, uniformUsage());
    this.device.queue.writeBuffer(buffer, 0, params);
    if (keep) this.uniforms.set(key, buffer);
    else releaseUniformAfterSubmit(this, buffer);
    return buffer;
  }
}

/** The backend tfjs hands to kernels, or has as its current one, as what it is. */
export function asLab(backend: unknown): LabBackend {
  if (!(backend instanceof LabBackend)) throw new TypeError('not running on the lab backend');
  return backend;
}
