import * as tf from '@tensorflow/tfjs-core';
import { asLab, LAB, noteNativeKernel } from '../engine/lab-backend';
import type { Kernel } from './kernel';
import { recordOf, runNative, shapesOf } from './run-native';

/** A defined kernel as a function of tensors, differentiable where its kernel is. */
export interface Op<In extends string, Out extends string, Attrs extends object> {
  (inputs: Record<In, tf.Tensor>, attrs: Attrs): Record<Out, tf.Tensor>;
  kernel: Kernel<In, Out, Attrs>;
}

export type AnyKernel = Kernel<string, string, object>;

const defined = new Map<string, AnyKernel>();

/** Every kernel defined so far. */
export const definedKernels = (): AnyKernel[] => [...defined.values()];

/**
 * Makes a kernel callable: its WGSL on the lab backend, its reference on every other.
 * @throws Error when the name is taken.
 */
export function defineKernel<const In extends string, const Out extends string, Attrs extends object>(
  kernel: Kernel<In, Out, Attrs>,
): Op<In, Out, Attrs> {
  const { name, inputs: inputNames, outputs: outputNames } = kernel;
  if (defined.has(name)) throw new Error(`two kernels are named ${name}`);
  defined.set(name, kernel);
  noteNativeKernel(name);
  tf.registerKernel({
    kernelName: name,
    backendName: LAB,
    kernelFunc: ({ inputs, backend, attrs }) => {
      const outputs = runNative(
        kernel,
        asLab(backend),
        inputs as Record<In, tf.TensorInfo>,
        attrs as unknown as Attrs,
      );
      return outputNames.map((output) => outputs[output]);
    },
  });
  registerGradient(kernel);

  const op = (inputs: Record<In, tf.Tensor>, attrs: Attrs): Record<Out, tf.Tensor> => {
    if (tf.getBackend() !== LAB) {
      kernel.shape(shapesOf(inputNames, inputs), attrs);
      return tf.tidy(() => kernel.reference(inputs, attrs));
    }
    const outputs: tf.Tensor[] = tf.engine().runKernel(name, inputs, attrs as unknown as tf.NamedAttrMap);
    return recordOf(outputNames, (_, i) => outputs[i] as tf.Tensor);
  };
  return Object.assign(op, { kernel });
}

function registerGradient<In extends string, Out extends string, Attrs extends object>(
  kernel: Kernel<In, Out, Attrs>,
): void {
  const { gradient } = kernel;
  if (!gradient) return;
  // tfjs hands saved tensors over in this order, whatever order they are declared in.
  const savedInputs = kernel.inputs.filter((name) => gradient.saves.includes(name));
  const savedOutputs = kernel.outputs.filter((name) => gradient.saves.includes(name));
  const savedNames = [...savedInputs, ...savedOutputs];
  tf.registerGradient({
    kernelName: kernel.name,
    inputsToSave: savedInputs,
    outputsToSave: kernel.outputs.map((name) => savedOutputs.includes(name)),
    gradFunc: (dy, saved, attrs) => {
      const dys = Array.isArray(dy) ? dy : [dy];
      return gradient.backward(
        recordOf(kernel.outputs, (_, i) => dys[i] as tf.Tensor),
        recordOf<In | Out, tf.Tensor>(savedNames, (_, i) => saved[i] as tf.Tensor),
        attrs as unknown as Attrs,
      ) as Record<string, () => tf.Tensor>;
    },
  });
}
