import * as tf from '@tensorflow/tfjs-core';
import type { LabBackend } from './lab-backend';

/** One tensor that a step is given anew each time. */
export interface InputSpec {
  dtype: 'float32' | 'int32';
  shape: readonly number[];
}

export type InputSpecs = Readonly<Record<string, InputSpec>>;

/** tfjs's tensor type for a shape whose length is known. */
type TensorOf<Shape extends readonly number[]> = number extends Shape['length']
  ? tf.Tensor
  : Shape['length'] extends 0
    ? tf.Scalar
    : Shape['length'] extends 1
      ? tf.Tensor1D
      : Shape['length'] extends 2
        ? tf.Tensor2D
        : Shape['length'] extends 3
          ? tf.Tensor3D
          : Shape['length'] extends 4
            ? tf.Tensor4D
            : tf.Tensor;

/** What the step function gets. */
export type InputTensors<I extends InputSpecs> = { readonly [Name in keyof I]: TensorOf<I[Name]['shape']> };

/** What whoever runs the step gives: row-major numbers, as many as the shape has. */
export type InputValues<I extends InputSpecs> = {
  readonly [Name in keyof I]: I[Name]['dtype'] extends 'int32' ? Int32Array : Float32Array;
};

/** @throws RangeError for an input with the wrong number or type of values. */
export function checkInputs<I extends InputSpecs>(specs: I, values: InputValues<I>): void {
  for (const [name, { dtype, shape }] of Object.entries(specs)) {
    const given: Int32Array | Float32Array | undefined = values[name];
    const size = tf.util.sizeFromShape([...shape]);
    if (given?.length !== size || given instanceof Int32Array !== (dtype === 'int32')) {
      throw new RangeError(
        `the step's input ${name} is ${dtype} [${shape.join(', ')}], ${size} numbers; it was given ${
          given ? `${given.length} of type ${given.constructor.name}` : 'nothing'
        }`,
      );
    }
  }
}

/** New tensors with these values, for a step that runs once. Inside a tidy. */
export function inputTensors<I extends InputSpecs>(specs: I, values: InputValues<I>): InputTensors<I> {
  return mapSpecs(specs, (name, { dtype, shape }) => tf.tensor(values[name] ?? [], [...shape], dtype));
}

/** The inputs of a captured step: tensors whose buffers are written before every replay. */
export class StepInputs<I extends InputSpecs> {
  readonly tensors: InputTensors<I>;

  constructor(
    private readonly backend: LabBackend,
    private readonly specs: I,
  ) {
    this.tensors = mapSpecs(specs, (_, { dtype, shape }) => {
      const tensor = tf.keep(tf.zeros([...shape], dtype));
      backend.uploadToGPU(tensor.dataId); // before the capture, so that it is none of the step's own constants
      return tensor;
    });
  }

  /** Everything submitted from now on sees these values. */
  write(values: InputValues<I>): void {
    for (const name of Object.keys(this.specs)) {
      const [tensor, given] = [this.tensors[name], values[name]];
      if (tensor && given) this.backend.device.queue.writeBuffer(this.backend.bufferOf(tensor), 0, given);
    }
  }

  dispose(): void {
    for (const tensor of Object.values<tf.Tensor>(this.tensors)) tensor.dispose();
  }
}

const mapSpecs = <I extends InputSpecs>(
  specs: I,
  tensorOf: (name: string, spec: InputSpec) => tf.Tensor,
): InputTensors<I> =>
  Object.fromEntries(
    Object.entries(specs).map(([name, spec]) => [name, tensorOf(name, spec)]),
  ) as unknown as InputTensors<I>;
