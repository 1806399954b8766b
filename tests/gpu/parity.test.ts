import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asLab, LAB } from '../../src/engine/lab-backend';
import { openCompute, type Compute } from '../../src/engine/open-compute';
import { definedKernels, defineKernel, type AnyKernel } from '../../src/kernels/define-kernel';
import { sizeOf, type Case, type Shape } from '../../src/kernels/kernel';
import '../../src/kernels/native';
import { fittingVariants, recordOf } from '../../src/kernels/run-native';
import { definedUpdates } from '../../src/kernels/update-kernel';
import { distance, integers, normals } from './random-tensor';

type Values = Record<string, Float32Array | Int32Array>;

let compute: Compute;
beforeAll(async () => {
  compute = await openCompute();
  expect(compute.info.backend, compute.info.reason).toBe('webgpu');
});
afterAll(() => {
  compute.dispose();
});

const isInteger = (kernel: { integers?: readonly string[] }, name: string) =>
  kernel.integers?.includes(name) ?? false;

function draw(
  kernel: { integers?: readonly string[] },
  names: readonly string[],
  test: Case<string, object>,
): Values {
  return recordOf(names, (name, i) => {
    const count = sizeOf(test.shapes[name] ?? []);
    return isInteger(kernel, name) ? integers(count, test.below ?? 2, i + 1) : normals(count, i + 1);
  });
}

function tensorsOf(kernel: { integers?: readonly string[] }, values: Values, shapes: Record<string, Shape>) {
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

/** Runs something on a variant wherever a kernel has it. */
async function onVariant<Result>(name: string | null, run: () => Promise<Result>): Promise<Result> {
  const backend = asLab(tf.backend());
  backend.forcedVariant = name;
  try {
    return await run();
  } finally {
    backend.forcedVariant = null;
  }
}

/** That every variant fits some case, on an adapter that has what the variants need. */
function expectCoverage(
  { variants }: { variants: AnyKernel['variants'] },
  fitting: (features: ReadonlySet<string>) => readonly { name: string }[],
) {
  const { features } = asLab(tf.backend()).device;
  for (const { name, needs } of variants)
    if (needs) expect([...features], `variant ${name} cannot be tested on this adapter`).toContain(needs);
  const covered = fitting(features).map(({ name }) => name);
  expect(new Set(covered)).toEqual(new Set(variants.map(({ name }) => name)));
}

const native = (kernel: AnyKernel) => (inputs: Record<string, tf.Tensor>, attrs: object) => {
  const outputs: tf.Tensor[] = tf.engine().runKernel(kernel.name, inputs, attrs as tf.NamedAttrMap);
  return recordOf(kernel.outputs, (_, i) => outputs[i] as tf.Tensor);
};

/** What is off by more than the kernel allows, against the reference on tfjs's own CPU backend. */
async function mistakes(kernel: AnyKernel, test: Case<string, object>): Promise<string[]> {
  await tf.setBackend('cpu');
  const expected = await evaluate(kernel, (inputs) => kernel.reference(inputs, test.attrs), test);
  await tf.setBackend(LAB);
  const { features } = asLab(tf.backend()).device;
  const wrong: string[] = [];
  const outputs = kernel.shape(test.shapes, test.attrs);
  for (const { name } of fittingVariants(kernel, { ...test.shapes, ...outputs }, test.attrs, features)) {
    const got = await onVariant(name, () =>
      evaluate(kernel, (inputs) => native(kernel)(inputs, test.attrs), test),
    );
    for (const [kind, limit] of [
      ['values', kernel.tolerance.value],
      ['grads', kernel.tolerance.grad],
    ] as const) {
      for (const [tensor, want] of Object.entries(expected[kind])) {
        const off = distance(got[kind][tensor] ?? [], want);
        if (off > limit) wrong.push(`${name} ${kind} ${tensor} off by ${off.toExponential(1)}`);
      }
    }
  }
  return wrong;
}

describe.each(definedKernels().map((kernel) => [kernel.name, kernel] as const))('%s', (_, kernel) => {
  test('equals its reference: every variant, output and gradient', async () => {
    const found: Record<string, string[]> = {};
    for (const each of kernel.cases) {
      const wrong = await mistakes(kernel, each);
      if (wrong.length > 0) found[JSON.stringify([each.shapes, each.attrs])] = wrong;
    }
    expect(found).toEqual({});
  });

  test('every variant runs in some case', () => {
    expectCoverage(kernel, (features) =>
      kernel.cases.flatMap(({ shapes, attrs }) =>
        fittingVariants(kernel, { ...shapes, ...kernel.shape(shapes, attrs) }, attrs, features),
      ),
    );
  });
});

describe.each(definedUpdates().map((defined) => [defined.kernel.name, defined] as const))(
  '%s',
  (_, { kernel, update }) => {
    test('equals its reference over three steps: every variant', async () => {
      for (const each of kernel.cases) {
        const run = async (backend: string): Promise<Values> => {
          await tf.setBackend(backend);
          // Settings and second moments are positive, as they are in use.
          const drawn = draw(kernel, [...kernel.reads, ...kernel.states], each);
          for (const name of ['settings', 'v'])
            drawn[name]?.forEach((x, i, all) => (all[i] = Math.abs(x) / 4 + 0.1));
          const tensors = tensorsOf(kernel, drawn, each.shapes);
          const reads = recordOf(kernel.reads, (name) => tensors[name] as tf.Tensor);
          const states = recordOf(kernel.states, (name) => tf.variable(tensors[name] as tf.Tensor));
          for (let i = 0; i < 3; i++) update(reads, states, each.attrs);
          const values: Values = {};
          for (const name of kernel.states) values[name] = (await states[name]?.data()) as Float32Array;
          return values;
        };
        const want = await run('cpu');
        await tf.setBackend(LAB);
        const { features } = asLab(tf.backend()).device;
        for (const variant of fittingVariants(kernel, each.shapes, each.attrs, features)) {
          const got = await onVariant(variant.name, () => run(LAB));
          for (const name of kernel.states) {
            expect(
              distance(got[name] ?? [], want[name] ?? []),
              `${variant.name} ${name} ${JSON.stringify(each)}`,
            ).toBeLessThanOrEqual(kernel.tolerance.value);
          }
        }
      }
    });

    test('every variant runs in some case', () => {
      expectCoverage(kernel, (features) =>
        kernel.cases.flatMap(({ shapes, attrs }) => fittingVariants(kernel, shapes, attrs, features)),
      );
    });
  },
);

test('a wrong gradient is noticed', async () => {
  const softmax = definedKernels().find(({ name }) => name === 'LabSoftmax');
  if (!softmax) throw new Error('there is no softmax kernel');
  const twin: AnyKernel = {
    ...softmax,
    name: 'TestWrongSoftmax',
    variants: softmax.variants.slice(0, 1),
    // The mean correction is missing: a sum of all outputs, whose gradient is zero, would not tell.
    gradient: {
      saves: ['y'],
      backward: (dys, saved) => ({ x: () => tf.mul(dys['y'] as tf.Tensor, saved['y'] as tf.Tensor) }),
    },
  };
  defineKernel(twin);
  expect(await mistakes(twin, { shapes: { x: [3, 7] }, attrs: {} })).toEqual([
    expect.stringContaining('grads x off by'),
  ]);
});
