import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-webgpu';
import { test } from 'vitest';
import { LAB } from '../../src/engine/lab-backend';
import { openCompute } from '../../src/engine/open-compute';
import { convolutionFilterGradient } from '../../src/kernels/convolution/convolution-filter-gradient';
import '../../src/kernels/native';
import { addRelu } from '../../src/kernels/relu/relu';
import { createRng } from '../../src/math/philox-rng';
import { createBatchNorm } from '../../src/nn/batch-norm';
import { Parameters } from '../../src/nn/parameters';
import { counting } from './counting';
import { normals } from './random-tensor';

/**
 * Convolutions of a small residual network, forward and both gradients, and the layers around them, on our kernels, on
 * tfjs's WebGPU kernels and on tfjs's wasm backend; repetitions interleaved:
 * `SEEDLAB_MEASURE=1 npx vitest run --project gpu tests/gpu/convolution.measure.ts`.
 */
const REPEATS = 5;

type Shape4 = [number, number, number, number];

interface Work {
  label: string;
  /** Multiplications and additions; 0 where they say nothing. */
  operations: number;
  inputs: Shape4[];
  run: (...inputs: tf.Tensor4D[]) => tf.Tensor;
  backends: readonly string[];
}

const backends = [LAB, 'webgpu', 'wasm'] as const;

const convolutions = (
  [
    [[32, 32, 32, 16], 16],
    [[32, 16, 16, 32], 32],
    [[64, 8, 8, 64], 64],
  ] as [Shape4, number][]
).flatMap(([x, outputs]): Work[] => {
  const [batch, height, width, inputs] = x;
  const filter: Shape4 = [3, 3, inputs, outputs];
  const y: Shape4 = [batch, height, width, outputs];
  const operations = 2 * batch * height * width * 9 * inputs * outputs;
  const attrs = { strides: 1, pad: 'same', dataFormat: 'NHWC' };
  const of = `[${x.join(', ')}] → ${outputs}`;
  return [
    {
      label: `${of} forward`,
      operations,
      inputs: [x, filter],
      run: (a, b) => tf.conv2d(a, b, 1, 'same'),
      backends,
    },
    {
      label: `${of} input gradient`,
      operations,
      inputs: [y, filter],
      run: (dy, b) =>
        tf.engine().runKernel(tf.Conv2DBackpropInput, { dy: dy, filter: b }, { ...attrs, inputShape: x }),
      backends,
    },
    {
      label: `${of} filter gradient`,
      operations,
      inputs: [x, y],
      run: (a, dy) => {
        const inputs = { x: a as tf.Tensor, dy: dy as tf.Tensor };
        // The wasm backend has no such kernel: there the reference of ours runs.
        return tf.getBackend() === 'wasm'
          ? convolutionFilterGradient(inputs, { strides: [1, 1], padding: [1, 1], taps: [3, 3], chunks: 1 })
              .df
          : tf.engine().runKernel(tf.Conv2DBackpropFilter, inputs, { ...attrs, filterShape: filter });
      },
      backends,
    },
  ];
});

const image: Shape4 = [32, 32, 32, 16];
const around: Work[] = [
  {
    label: 'max pool 2×2',
    operations: 0,
    inputs: [image],
    run: (x) => tf.maxPool(x, 2, 2, 0),
    backends,
  },
  {
    label: 'max pool 2×2 and gradient',
    operations: 0,
    inputs: [image],
    run: (x) => tf.grad((x) => tf.maxPool(x as tf.Tensor4D, 2, 2, 0))(x, tf.ones([32, 16, 16, 16])),
    backends,
  },
  {
    label: 'mean over positions and gradient',
    operations: 0,
    inputs: [image],
    run: (x) => tf.grad((x) => tf.mean(x, [1, 2]))(x, tf.ones([32, 16])),
    backends,
  },
  {
    label: 'ReLU and gradient',
    operations: 0,
    inputs: [image, image],
    run: (x, dy) => tf.grad((x) => tf.relu(x))(x, dy),
    backends,
  },
  {
    label: 'ReLU of a sum and gradient',
    operations: 0,
    inputs: [image, image],
    run: (x, dy) => tf.grad((x) => addRelu(x, dy as tf.Tensor))(x, dy),
    backends: [LAB, 'wasm'],
  },
  {
    label: 'batch norm with ReLU and gradients',
    operations: 0,
    inputs: [image, image],
    run(x, dy) {
      const norm = createBatchNorm(new Parameters(createRng(0)), 'norm', 16);
      const dx = tf.grad((x) => norm(x, true, { relu: true }))(x, dy);
      norm.dispose();
      return dx;
    },
    backends: [LAB, 'wasm'],
  },
];

test.each([...convolutions, ...around])('$label', async ({ label, operations, inputs, run, backends }) => {
  await openCompute('wasm'); // so that tfjs knows where its files are
  const compute = await openCompute();
  const tensors = new Map<string, tf.Tensor4D[]>();
  const times = new Map<string, number[]>();
  const launches = new Map<string, number>();
  for (const backend of backends) {
    await tf.setBackend(backend);
    tensors.set(
      backend,
      inputs.map((shape, i) => tf.tensor4d(normals(shape[0] * shape[1] * shape[2] * shape[3], i + 1), shape)),
    );
  }
  for (let repeat = 0; repeat <= REPEATS; repeat++) {
    for (const backend of backends) {
      await tf.setBackend(backend);
      const start = performance.now();
      let result: tf.Tensor | null = null;
      const { dispatches } = await counting(() => {
        result = tf.tidy(() => {
          // One number of the result, so that reading back costs nothing.
          return tf.slice(tf.reshape(run(...(tensors.get(backend) ?? [])), [-1]), 0, 1);
        });
      });
      await (result as unknown as tf.Tensor).data();
      // The first one compiles.
      if (repeat > 0) times.set(backend, [...(times.get(backend) ?? []), performance.now() - start]);
      launches.set(backend, dispatches); // the slice included
      (result as unknown as tf.Tensor).dispose();
    }
  }
  for (const backend of backends) {
    const all = (times.get(backend) ?? []).sort((a, b) => a - b);
    const [least = NaN, median = NaN] = [all[0], all[all.length >> 1]];
    const rate = operations > 0 ? `, ${(operations / least / 1e6).toFixed(2)} GFLOP/s` : '';
    const count = backend === 'wasm' ? '' : `, ${(launches.get(backend) ?? NaN) - 1} launches`;
    console.log(
      `${label}, ${backend}: least ${least.toFixed(1)} ms, median ${median.toFixed(1)} ms${rate}${count}`,
    );
  }
  tf.dispose([...tensors.values()].flat());
  compute.dispose();
});
