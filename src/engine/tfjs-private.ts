import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';

/**
 * The members of tfjs's WebGPU backend and of its engine that are private in its typings and that the lab relies on. No
 * other file touches them, and a test fails when a new version of tfjs no longer has them.
 */
interface Privates {
  commandEncoder: GPUCommandEncoder | null;
  computePassEncoder: GPUComputePassEncoder | null;
  /** Data used by commands not submitted yet; disposal waits for the submit. */
  commandQueueOwnedIds: WeakSet<object>;
  dispatchCountInPass: number;
  /** Uniform buffers that go back to the pool at the next submit. */
  uniformPendingDisposal: GPUBuffer[];
  /** Compiled programs by their keys, which say all that goes into their source. */
  pipelineCache: Pipelines;
}

/** tfjs's compiled programs on one device. */
export type Pipelines = Record<string, GPUComputePipeline>;

/** One operation that tfjs noted for the backward pass. */
export interface TapeNode {
  kernelName: string;
  inputs: tf.NamedTensorMap;
  outputs: tf.Tensor[];
  /** Absent for operations that have none. An output that nothing flows back from is null. */
  gradient?: (dys: (tf.Tensor | null)[]) => Record<string, () => tf.Tensor>;
  /** Kept for `gradient`. */
  saved?: tf.Tensor[];
}

interface EnginePrivates {
  startTape(): void;
  endTape(): void;
  state: { activeTape: TapeNode[] | null; gradientDepth: number };
}

/** What tfjs asks of the pool its buffers come from; its class has private members, so ours cannot extend it. */
export type BufferPool = {
  [Member in keyof WebGPUBackend['bufferManager']]: WebGPUBackend['bufferManager'][Member];
};

const privatesOf = (backend: WebGPUBackend): Privates => backend as unknown as Privates;

const privatesOfEngine = (): EnginePrivates => tf.engine() as unknown as EnginePrivates;

const isDictionary = (value: unknown): boolean => typeof value === 'object' && value !== null;

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
    pipelineCache: isDictionary(privates.pipelineCache),
  };
  const engine = privatesOfEngine();
  const presentInEngine = {
    startTape: typeof engine.startTape === 'function',
    endTape: typeof engine.endTape === 'function',
    gradientDepth: typeof engine.state.gradientDepth === 'number',
  };
  return Object.entries({ ...present, ...presentInEngine }).flatMap(([name, isPresent]) =>
    isPresent ? [] : [name],
  );
}

/**
 * Runs something while tfjs notes its operations for backward passes. Inside another such run the notes go on the outer
 * one's tape, and `release` leaves them to it.
 * @returns besides the result, the tape so far, and `release`, which frees what the operations saved for their gradients
 */
export function taped<Result>(run: () => Result): {
  result: Result;
  tape: readonly TapeNode[];
  release: () => void;
} {
  const engine = privatesOfEngine();
  const release = () => {
    if (engine.state.gradientDepth > 0) return;
    for (const { saved } of engine.state.activeTape ?? []) tf.dispose(saved ?? []);
    engine.state.activeTape = null;
  };
  engine.startTape();
  let isThrough = false;
  try {
    const result = run();
    isThrough = true;
    return { result, tape: [...(engine.state.activeTape ?? [])], release };
  } finally {
    engine.endTape();
    if (!isThrough) release();
  }
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

/** Lets a backend use, and add to, what was compiled for its device before. */
export function usePipelines(backend: WebGPUBackend, pipelines: Pipelines): void {
  privatesOf(backend).pipelineCache = pipelines;
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
