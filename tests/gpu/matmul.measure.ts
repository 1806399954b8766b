import * as tf from '@tensorflow/tfjs-core';
import { test } from 'vitest';
import { asLab, LAB } from '../../src/engine/lab-backend';
import { openCompute } from '../../src/engine/open-compute';
import { definedKernels, type AnyKernel } from '../../src/kernels/define-kernel';
import { sizeOf, type Shape } from '../../src/kernels/kernel';
import '../../src/kernels/linear/linear';
import '../../src/kernels/matmul/matmul';
import { fittingVariants, recordOf } from '../../src/kernels/run-native';
import { normals } from './random-tensor';

/**
 * GFLOP/s of every variant for the products of a small vision transformer's step (49 tokens, width 64, batch 64):
 * `SEEDLAB_MEASURE=1 npx vitest run --project gpu tests/gpu/matmul.measure.ts`. The variants take turns; the best of
 * several rounds counts. Variants with barriers are left out where a processor plays the graphics card.
 */
const rounds = 8;
const launches = 4;

interface Product {
  kernel: string;
  shapes: Record<string, Shape>;
  attrs: object;
  /** Multiplications. */
  products: number;
}

const rows = 64 * 49;
const layers = [
  [64, 64],
  [64, 192],
  [64, 256],
  [256, 64],
] as const;

const matMul = (a: Shape, b: Shape, transposeB: boolean, products: number): Product => ({
  kernel: 'LabMatMul',
  shapes: { a, b, bias: [4] },
  attrs: { transposeA: false, transposeB, bias: false, relu: false },
  products,
});

const work: Product[] = [
  ...layers.flatMap(([k, n]): Product[] => {
    const [x, dy, weight, products] = [[rows, k], [rows, n], [k, n], rows * k * n];
    return [
      { kernel: 'LabLinear', shapes: { x, weight, bias: [n] }, attrs: {}, products },
      {
        kernel: 'LabLinearActivated',
        shapes: { x, weight, bias: [n] },
        attrs: { activation: 'gelu' },
        products,
      },
      matMul([1, rows, n], [1, k, n], true, products),
      { kernel: 'LabWeightGradientParts', shapes: { x, dy }, attrs: {}, products },
    ];
  }),
  matMul([256, 49, 16], [256, 49, 16], true, 256 * 49 * 49 * 16),
  matMul([256, 49, 49], [256, 49, 16], false, 256 * 49 * 49 * 16),
];

test('products of a training step', async () => {
  const compute = await openCompute();
  const backend = asLab(tf.backend());
  const { device } = backend;
  const isSoftware = /swiftshader|llvmpipe/i.test(JSON.stringify(compute.info.adapter));
  const kernels = new Map<string, AnyKernel>(definedKernels().map((kernel) => [kernel.name, kernel]));
  await tf.setBackend(LAB);
  const lines: string[] = [];
  for (const { kernel: name, shapes, attrs, products } of work) {
    const kernel = kernels.get(name);
    if (!kernel) throw new Error(`there is no kernel ${name}`);
    const inputs = recordOf(kernel.inputs, (input) => {
      const shape = shapes[input] ?? [];
      return tf.tensor(normals(sizeOf(shape), 1), [...shape]);
    });
    const all = { ...shapes, ...kernel.shape(shapes, attrs) };
    const variants = fittingVariants(kernel, all, attrs, device.features)
      .map((variant) => variant.name)
      .filter((variant) => !isSoftware || !variant.startsWith('tiled'));
    const run = async (variant: string, times: number): Promise<number> => {
      backend.forcedVariant = variant;
      const start = performance.now();
      tf.tidy(() => {
        for (let i = 0; i < times; i++) tf.engine().runKernel(name, inputs, attrs as tf.NamedAttrMap);
      });
      backend.submitPending();
      await device.queue.onSubmittedWorkDone();
      backend.forcedVariant = null;
      return (performance.now() - start) / times;
    };
    const best = new Map<string, number>();
    for (const variant of variants) await run(variant, 1);
    for (let i = 0; i < rounds; i++) {
      for (const variant of variants)
        best.set(variant, Math.min(best.get(variant) ?? Infinity, await run(variant, launches)));
    }
    const figures = [...best].map(
      ([variant, ms]) => `${variant} ${ms.toFixed(2)} ms, ${((2 * products) / ms / 1e6).toFixed(2)} GFLOP/s`,
    );
    lines.push(
      `${name} ${Object.values(shapes)
        .map((shape) => `[${shape.join(', ')}]`)
        .join('·')}: ${figures.join('; ')}`,
    );
    tf.dispose(inputs);
  }
  console.log(JSON.stringify(compute.info.adapter), `\n${lines.join('\n')}`);
  compute.dispose();
});
