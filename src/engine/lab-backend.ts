import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { Programs, type ProgramSource } from './programs';
import { encodeDispatch, releaseUniformAfterSubmit, submit } from './tfjs-private';

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
  /** Runs this variant of each kernel that has it and whose sizes fit; null leaves the choice to the kernel. */
  forcedVariant: string | null = null;
  private readonly uniforms = new Map<string, GPUBuffer>();

  /** @param report called with errors nobody awaits, such as WGSL that does not compile. */
  constructor(device: GPUDevice, info: GPUAdapterInfo, report: (error: Error) => void) {
    super(device, info);
    this.programs = new Programs(device, report);
  }

  /**
   * Runs one kernel of ours in order with everything before it. Outputs get their buffers here; what was cached on the
   * CPU for them is forgotten.
   */
  launch({ source, inputs, outputs, params, workgroups }: Launch): void {
    const { pipeline, layout } = this.programs.get(source);
    const tensors = [...inputs, ...outputs];
    for (const { dataId } of tensors) this.uploadToGPU(dataId);
    for (const { dataId } of outputs) this.tensorMap.get(dataId).values = null as unknown as tf.BackendValues;
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

  /** Reads a tensor back. Never returns what a refused shader left behind. */
  override async read(dataId: object): Promise<tf.BackendValues> {
    await this.programs.settled();
    return super.read(dataId);
  }

  /** Sends everything encoded so far to the device. */
  submit(): void {
    submit(this);
  }

  override dispose(): void {
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
