import * as tf from '@tensorflow/tfjs-core';
import { asLab, LAB, noteNativeKernel, type LabBackend } from '../engine/lab-backend';

export interface OverrideCall {
  inputs: tf.NamedTensorInfoMap;
  attrs: Readonly<Record<string, unknown>>;
  backend: LabBackend;
  /** tfjs's own kernel, for what ours does not cover. */
  stock: () => tf.TensorInfo | tf.TensorInfo[];
}

/**
 * Replaces tfjs's kernel `name` on the lab backend, so that models in plain tfjs, and tfjs's own gradients, run on ours.
 * What the replacement does not cover it passes on to `stock`.
 */
export function overrideKernel(
  name: string,
  run: (call: OverrideCall) => tf.TensorInfo | tf.TensorInfo[],
): void {
  const stock = tf.getKernel(name, LAB);
  tf.unregisterKernel(name, LAB);
  tf.registerKernel({
    ...stock,
    kernelFunc: (call) =>
      run({
        inputs: call.inputs,
        attrs: call.attrs ?? {},
        backend: asLab(call.backend),
        stock: () => stock.kernelFunc(call),
      }),
  });
  noteNativeKernel(name);
}

/** The tensor under another shape of the same size; shares the data, to be disposed like a tensor of its own. */
export function reshaped(
  backend: LabBackend,
  { dataId, dtype }: tf.TensorInfo,
  shape: readonly number[],
): tf.TensorInfo {
  backend.incRef(dataId);
  return { dataId, dtype, shape: [...shape] };
}

/** The same without owning it: for passing on within one launch. */
export function viewed({ dataId, dtype }: tf.TensorInfo, shape: readonly number[]): tf.TensorInfo {
  return { dataId, dtype, shape: [...shape] };
}
