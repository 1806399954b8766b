import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { asLab, LAB } from '../../src/engine/lab-backend';
import type { AnyKernel } from '../../src/kernels/define-kernel';
import { sizeOf, type Case, type Shape } from '../../src/kernels/kernel';
import { fittingVariants, recordOf } from '../../src/kernels/run-native';
import { distance, integers, normals } from '../gpu/random-tensor';

/** Numbers by the names of tensors. */
export type Values = Record<string, Float32Array | Int32Array>;

const isInteger = (kernel: { integers?: readonly string[] }, name: string) =>
  kernel.integers?.includes(name) ?? false;

/** Inputs for a case, the same every time. */
export function draw(
  kernel: { integers?: readonly string[] },
  names: readonly string[],
  test: Case<string, object>,
): Values {
  return recordOf(names, (name, i) => {
    const count = sizeOf(test.shapes[name] ?? []);
    return isInteger(kernel, name) ? integers(count, test.below ?? 2, i + 1) : normals(count, i + 1);
  });
}

export function tensorsOf(
  kernel: { integers?: readonly string[] },
  values: Values,
  shapes: Record<string, Shape>,
) {
  return recordOf(Object.keys(values), (name) =>
    tf.tensor(values[name] ?? [], [...(shapes[name] ?? [])], isInteger(kernel, name) ? 'int32' : 'float32'),
  );
}

interface Outcome {
  values: Values;
  grads: Values;
}

/** Outputs, and gradients of all float inputs under a random cotangent on every output that carries gradients. */
async function evaluate(
  kernel: AnyKernel,
  run: (inputs: Record<string, tf.Tensor>) => Record<string, tf.Tensor>,
  test: Case<string, object>,
): Promise<Outcome> {
  const inputs = tensorsOf(kernel, draw(kernel, kernel.inputs, test), test.shapes);
  const outputs = run(inputs);
  const values: Values = {};
  for (const [name, tensor] of Object.entries(outputs)) values[name] = (await tensor.data()) as Float32Array;
  const grads: Values = {};
  if (kernel.gradient) {
    const flowing = kernel.outputs.filter((name) => !kernel.gradient?.auxiliary?.includes(name));
    const floats = kernel.inputs.filter((name) => !isInteger(kernel, name));
    // One scalar out of all outputs: a plain sum would hide wrong gradients of softmax and norms.
    const weighted = (...xs: tf.Tensor[]) => {
      const results = run({ ...inputs, ...recordOf(floats, (_, i) => xs[i] as tf.Tensor) });
      return tf.addN<tf.Scalar>(
        flowing.map((name, i) => {
          const y = results[name] as tf.Tensor;
          return tf.sum(tf.mul(y, tf.tensor(normals(y.size, 99 + i), y.shape)));
        }),
      );
    };
    const found = tf.grads(weighted)(floats.map((name) => inputs[name] as tf.Tensor));
    for (const [i, name] of floats.entries()) grads[name] = (await found[i]?.data()) as Float32Array;
  }
  return { values, grads };
}

/** Runs something on a variant wherever a kernel has it; on those that the backend chooses where it is null. */
export async function onVariant<Result>(name: string | null, run: () => Promise<Result>): Promise<Result> {
  const backend = asLab(tf.backend());
  backend.forcedVariant = name;
  try {
    return await run();
  } finally {
    backend.forcedVariant = null;
  }
}

const native = (kernel: AnyKernel) => (inputs: Record<string, tf.Tensor>, attrs: object) => {
  const outputs: tf.Tensor[] = tf.engine().runKernel(kernel.name, inputs, attrs as tf.NamedAttrMap);
  return recordOf(kernel.outputs, (_, i) => outputs[i] as tf.Tensor);
};

/** Every variant that can run a case. */
export function everyVariant(kernel: AnyKernel, { shapes, attrs }: Case<string, object>): string[] {
  const { features } = asLab(tf.backend()).device;
  const all = { ...shapes, ...kernel.shape(shapes, attrs) };
  return fittingVariants(kernel, all, attrs, features).map(({ name }) => name);
}

/**
 * What is off by more than the kernel allows, against the reference on tfjs's own CPU backend.
 * @param variantsOf names of the variants to run, of which null stands for the one that the backend chooses
 */
export async function mistakes(
  kernel: AnyKernel,
  test: Case<string, object>,
  variantsOf: (kernel: AnyKernel, test: Case<string, object>) => readonly (string | null)[] = everyVariant,
): Promise<string[]> {
  await tf.setBackend('cpu');
  const expected = await evaluate(kernel, (inputs) => kernel.reference(inputs, test.attrs), test);
  await tf.setBackend(LAB);
  const wrong: string[] = [];
  for (const name of variantsOf(kernel, test)) {
    const got = await onVariant(name, () =>
      evaluate(kernel, (inputs) => native(kernel)(inputs, test.attrs), test),
    );
    for (const [kind, limit] of [
      ['values', kernel.tolerance.value],
      ['grads', kernel.tolerance.grad],
    ] as const) {
      for (const [tensor, want] of Object.entries(expected[kind])) {
        const off = distance(got[kind][tensor] ?? [], want);
        if (off > limit) wrong.push(`${name ?? 'chosen'} ${kind} ${tensor} off by ${off.toExponential(1)}`);
      }
    }
  }
  return wrong;
}
