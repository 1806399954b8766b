import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';

/**
 * The members of tfjs's WebGPU backend that are private in its typings and that the lab relies on. No other file touches
 * them, and a test fails when a new version of tfjs no longer has them.
 */
interface Privates {
  commandEncoder: GPUCommandEncoder | null;
  computePassEncoder: GPUComputePassEncoder | null;
  /** Data used by commands not submitted yet; disposal waits for the submit. */
  commandQueueOwnedIds: WeakSet<object>;
  dispatchCountInPass: number;
  /** Uniform buffers that go back to the pool at the next submit. */
  uniformPendingDisposal: GPUBuffer[];
}

/** What tfjs asks of the pool its buffers come from; its class has private members, so ours cannot extend it. */
export type BufferPool = {
  [Member in keyof WebGPUBackend['bufferManager']]: WebGPUBackend['bufferManager'][Member];
};

const privatesOf = (backend: WebGPUBackend): Privates => backend as unknown as Privates;

const isEncoderOrNull = (value: unknown): boolean => value === null || typeof value === 'object';

/** Names of the members above that this backend does not have in the form we expect; empty when all is well. */
export function missingPrivates(backend: WebGPUBackend): string[] {
  const privates = privatesOf(backend);
  const present: Record<keyof Privates, boolean> = {
    commandEncoder: isEncoderOrNull(privates.commandEncoder),
    computePassEncoder: isEncoderOrNull(privates.computePassEncoder),
    commandQueueOwnedIds: privates.commandQueueOwnedIds instanceof WeakSet,
    dispatchCountInPass: typeof privates.dispatchCountInPass === 'number',
    uniformPendingDisposal: Array.isArray(privates.uniformPendingDisposal),
  };
  return Object.entries(present).flatMap(([name, isPresent]) => (isPresent ? [] : [name]));
}

export interface Dispatch {
  pipeline: GPUComputePipeline;
  bindings: GPUBindGroup;
  workgroups: readonly [number, number, number];
  /** Data the bindings hold, kept alive until the command is submitted. */
  dataIds: readonly object[];
}

/**
 * Encodes one dispatch into the compute pass tfjs has open, so that it runs in order with tfjs's own programs and costs no
 * submit of its own. Submits when tfjs would: after `batchSize` dispatches.
 */
export function encodeDispatch(backend: WebGPUBackend, dispatch: Dispatch, batchSize: number): void {
  const privates = privatesOf(backend);
  backend.ensureCommandEncoderReady();
  const encoder = privates.commandEncoder;
  if (!encoder) throw new Error('tfjs opened no command encoder');
  privates.computePassEncoder ??= encoder.beginComputePass();
  const pass = privates.computePassEncoder;
  pass.setPipeline(dispatch.pipeline);
  pass.setBindGroup(0, dispatch.bindings);
  pass.dispatchWorkgroups(...dispatch.workgroups);
  for (const dataId of dispatch.dataIds) privates.commandQueueOwnedIds.add(dataId);
  privates.dispatchCountInPass++;
  if (privates.dispatchCountInPass >= batchSize) submit(backend);
}

/** The encoder of commands not submitted yet; null when there are none. */
export const pendingEncoder = (backend: WebGPUBackend): GPUCommandEncoder | null =>
  privatesOf(backend).commandEncoder;

/** Lets buffers come from another pool from now on; gives the one so far. */
export function exchangePool(backend: WebGPUBackend, pool: BufferPool): BufferPool {
  const former = backend.bufferManager;
  backend.bufferManager = pool as WebGPUBackend['bufferManager'];
  return former;
}

/** Sends everything encoded so far to the device. */
export function submit(backend: WebGPUBackend): void {
  backend.ensureCommandEncoderReady();
  backend.endComputePassEncoder();
  backend.submitQueue();
}

/** Hands a uniform buffer from the backend's pool back once the commands that read it are submitted. */
export function releaseUniformAfterSubmit(backend: WebGPUBackend, buffer: GPUBuffer): void {
  privatesOf(backend).uniformPendingDisposal.push(buffer);
}
