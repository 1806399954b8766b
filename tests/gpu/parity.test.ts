import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { asLab, LAB } from '../../src/engine/lab-backend';
import { definedKernels, defineKernel, type AnyKernel } from '../../src/kernels/define-kernel';
import '../../src/kernels/native';
import { fittingVariants, recordOf } from '../../src/kernels/run-native';
import { definedUpdates } from '../../src/kernels/update-kernel';
import { draw, mistakes, onVariant, tensorsOf, type Values } from '../support/kernel-parity';
import { distance } from './random-tensor';
import { onWebGpu } from '../support/on-webgpu';

onWebGpu();

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

/** Not those that other tests of this page have made for themselves. */
const isOurs = ({ name }: { name: string }) => !name.startsWith('Test');

describe.each(
  definedKernels()
    .filter(isOurs)
    .map((kernel) => [kernel.name, kernel] as const),
)('%s', (_, kernel) => {
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

describe.each(
  definedUpdates()
    .filter(({ kernel }) => isOurs(kernel))
    .map((defined) => [defined.kernel.name, defined] as const),
)('%s', (_, { kernel, update }) => {
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
});

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
