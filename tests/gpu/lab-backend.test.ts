import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { afterEach, describe, expect, test } from 'vitest';
import { DeviceError, DeviceLostError, ShaderError } from '../../src/engine/device-error';
import { asLab, LAB, type LabBackend } from '../../src/engine/lab-backend';
import { openCompute, type Compute } from '../../src/engine/open-compute';
import { describeAdapter } from '../../src/engine/open-device';
import { missingPrivates } from '../../src/engine/tfjs-private';
import { gelu } from '../../src/kernels/gelu/gelu';
import { layerNorm } from '../../src/kernels/layer-norm/layer-norm';
import { adamStep, adamValues } from '../../src/kernels/adam/adam-step';
import { GradientGatherer } from '../../src/kernels/gradient-norm/gradient-norm';
import { ShapeError } from '../../src/kernels/shape-error';
import { softmaxCrossEntropy } from '../../src/kernels/softmax-cross-entropy/softmax-cross-entropy';
import '../../src/kernels/native';

let compute: Compute | null = null;

async function openLab(): Promise<{ compute: Compute; backend: LabBackend }> {
  compute = await openCompute();
  expect(compute.info.backend, compute.info.reason).toBe('webgpu');
  return { compute, backend: asLab(tf.backend()) };
}

afterEach(() => {
  compute?.dispose();
  compute = null;
});

const copySource = {
  name: 'TestCopy',
  inputs: 1,
  outputs: 1,
  wgsl: `
    struct Params { size: u32 }
    @group(0) @binding(0) var<storage, read> x: array<f32>;
    @group(0) @binding(1) var<storage, read_write> y: array<f32>;
    @group(0) @binding(2) var<uniform> p: Params;
    @compute @workgroup_size(1) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
      y[id.x] = x[id.x] + y[id.x];
    }`,
};

describe('openCompute', () => {
  test('says where it computes', async () => {
    const { compute } = await openLab();
    expect(compute.info.adapter).not.toBe('');
    expect(compute.info.reason).toBeUndefined();
    expect(compute.nativeKernels()).toContain('BatchMatMul');
    expect(tf.getBackend()).toBe(LAB);
  });

  test('can be opened again after it was disposed of', async () => {
    for (let i = 0; i < 2; i++) {
      const { compute } = await openLab();
      const x = tf.tensor1d([1, 2]);
      expect([...(await tf.add(x, 1).data())]).toEqual([2, 3]);
      compute.dispose();
    }
  });

  test.each(['wasm', 'cpu'] as const)('%s computes with references', async (name) => {
    compute = await openCompute(name);
    expect(compute.info).toMatchObject({ backend: name, software: true });
    expect(compute.info.reason).toBeUndefined();
    expect(compute.nativeKernels()).toEqual([]);
    const x = tf.tensor2d([1, 3], [1, 2]);
    const [y] = await layerNorm(x, tf.ones([2]), tf.zeros([2])).data();
    expect(y).toBeCloseTo(-1, 4);
  });

  test('without WebGPU it falls back and says what to do', async () => {
    const gpu = Object.getOwnPropertyDescriptor(Navigator.prototype, 'gpu') ?? {};
    Object.defineProperty(Navigator.prototype, 'gpu', { ...gpu, get: () => undefined });
    try {
      compute = await openCompute();
      expect(compute.info.backend).toBe('wasm');
      expect(compute.info.reason).toMatch(/no WebGPU.*Chrome/);
    } finally {
      Object.defineProperty(Navigator.prototype, 'gpu', gpu);
    }
  });

  test('without an adapter it falls back and says what to do', async () => {
    const requestAdapter = Object.getOwnPropertyDescriptor(GPU.prototype, 'requestAdapter') ?? {};
    Object.defineProperty(GPU.prototype, 'requestAdapter', {
      ...requestAdapter,
      value: () => Promise.resolve(null),
    });
    try {
      compute = await openCompute();
      expect(compute.info).toMatchObject({
        backend: 'wasm',
        reason: expect.stringMatching(/hardware acceleration/) as string,
      });
    } finally {
      Object.defineProperty(GPU.prototype, 'requestAdapter', requestAdapter);
    }
  });

  test('a lost device is told as such', async () => {
    const { compute, backend } = await openLab();
    backend.device.destroy();
    await expect(compute.failure).rejects.toBeInstanceOf(DeviceLostError);
    await expect(compute.failure).rejects.toThrow(/^The graphics device was lost( \(.*\))?\.$/);
  });

  test('a refused command is a DeviceError', async () => {
    const { compute, backend } = await openLab();
    backend.device.createBuffer({ size: 16, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.STORAGE });
    backend.submit(); // carries the complaint along
    await expect(compute.failure).rejects.toBeInstanceOf(DeviceError);
  });

  test('closing on purpose is no failure', async () => {
    const { compute, backend } = await openLab();
    compute.dispose();
    await backend.device.lost;
    const settled = await Promise.race([compute.failure.catch(() => 'failed'), Promise.resolve('open')]);
    expect(settled).toBe('open');
  });

  test('names an adapter without repeating itself', () => {
    const info = { vendor: 'google', architecture: 'swiftshader', description: '' } as GPUAdapterInfo;
    expect(describeAdapter(info)).toBe('google swiftshader');
    const silent = { vendor: '', architecture: '', description: '' } as GPUAdapterInfo;
    expect(describeAdapter(silent)).toBe('unnamed adapter');
  });
});

describe('LabBackend', () => {
  test('tfjs still has the private members it relies on', async () => {
    const { backend } = await openLab();
    tf.add(tf.tensor1d([1]), 1); // opens an encoder and a pass
    expect(missingPrivates(backend)).toEqual([]);
    expect((backend as unknown as { computePassEncoder: unknown }).computePassEncoder).toBeInstanceOf(
      GPUComputePassEncoder,
    );
  });

  test('launches run in order with tfjs’s own programs, also in place', async () => {
    const { backend } = await openLab();
    const x = tf.add(tf.tensor1d([1, 2]), 1);
    const y = tf.mul(x, 10);
    const launch = () => {
      backend.launch({
        source: copySource,
        inputs: [x],
        outputs: [y],
        params: Uint32Array.of(2),
        workgroups: [2, 1, 1],
      });
    };
    launch();
    const doubled = tf.mul(y, 2);
    expect([...(await doubled.data())]).toEqual([44, 66]);
    expect([...(await y.data())]).toEqual([22, 33]);
    launch();
    expect([...(await y.data())]).toEqual([24, 36]); // not what was read before
  });

  test('wrong WGSL is an error with the kernel’s name and the line, never zeros', async () => {
    const { compute, backend } = await openLab();
    const source = {
      ...copySource,
      name: 'TestWrong',
      wgsl: copySource.wgsl.replace('+ y[id.x]', '+ nonsense'),
    };
    const x = tf.tensor1d([1, 2]);
    const y = tf.zerosLike(x);
    backend.launch({ source, inputs: [x], outputs: [y], params: Uint32Array.of(2), workgroups: [2, 1, 1] });
    await expect(y.data()).rejects.toThrow(/kernel TestWrong, line 7: .*nonsense/);
    await expect(y.data()).rejects.toBeInstanceOf(ShaderError);
    await expect(compute.failure).rejects.toBeInstanceOf(ShaderError);
  });

  test('wrong override constants are an error too', async () => {
    const { backend } = await openLab();
    const x = tf.tensor1d([1, 2]);
    const source = { ...copySource, name: 'TestConstant', constants: { missing: 1 } };
    backend.launch({
      source,
      inputs: [x],
      outputs: [tf.zerosLike(x)],
      params: Uint32Array.of(2),
      workgroups: [2, 1, 1],
    });
    await expect(tf.add(x, 1).data()).rejects.toThrow(/TestConstant/);
  });

  test('shapes that do not go together are refused on every backend, in words', async () => {
    for (const name of ['webgpu', 'cpu'] as const) {
      compute?.dispose();
      compute = await openCompute(name);
      expect(() => layerNorm(tf.ones([2, 3]), tf.ones([2]), tf.ones([3]))).toThrow(ShapeError);
      expect(() => layerNorm(tf.ones([2, 3]), tf.ones([2]), tf.ones([3]))).toThrow(/gamma \[2\].*\[3\]/);
      expect(() => softmaxCrossEntropy(tf.ones([2, 3]), tf.zeros([3], 'int32'))).toThrow(ShapeError);
    }
  });

  test('tensors of the wrong type are refused', async () => {
    await openLab();
    expect(() => softmaxCrossEntropy(tf.ones([2, 3]), tf.zeros([2]))).toThrow(TypeError);
  });

  test('a label outside the classes counts for nothing', async () => {
    await openLab();
    const logits = tf.tensor2d([1, 2, 3, 4], [2, 2]);
    const labels = tf.tensor1d([-1, 1], 'int32');
    const [outside, inside] = await softmaxCrossEntropy(logits, labels).data();
    expect(outside).toBe(0);
    expect(inside).toBeCloseTo(Math.log(1 + Math.exp(-1)), 5);
    const gradient = tf.grad((x) => tf.sum(softmaxCrossEntropy(x as tf.Tensor2D, labels)))(logits);
    expect([...(await gradient.data())].slice(0, 2)).toEqual([0, 0]);
  });
});

describe('repeated steps', () => {
  /** A small network trained by plain tfjs and our kernels. */
  function network() {
    const width = 12;
    const weights = tf.variable(tf.randomNormal([width, width], 0, 0.3, 'float32', 1));
    const head = tf.variable(tf.randomNormal([width, 3], 0, 0.3, 'float32', 2));
    const gamma = tf.variable(tf.ones([width]));
    const beta = tf.variable(tf.zeros([width]));
    const parameters = [weights, head, gamma, beta];
    const sizes = parameters.map(({ size }) => size);
    const gatherer = new GradientGatherer(sizes);
    const moments = tf.variable(tf.zeros([2, sizes.reduce((total, size) => total + size, 0)]));
    const decay = parameters.map(() => 'decoupled' as const);
    const x = tf.randomNormal([10, width], 0, 1, 'float32', 3);
    const labels = tf.tensor1d([0, 1, 2, 0, 1, 2, 0, 1, 2, 0], 'int32');
    const settings = {
      clipNorm: 0,
      learningRate: 0.01,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      weightDecay: 0.01,
    };
    return (step: number): tf.Scalar =>
      tf.tidy(() => {
        const { value, grads } = tf.variableGrads(() => {
          const hidden = gelu(tf.matMul(layerNorm(x, gamma, beta), weights));
          const attention = tf.softmax(tf.matMul(hidden, hidden, false, true));
          const logits = tf.matMul(tf.add(tf.matMul(attention, hidden), hidden), head);
          return tf.mean<tf.Scalar>(softmaxCrossEntropy(logits as tf.Tensor2D, labels));
        }, parameters);
        const gradients = parameters.map((parameter) => grads[parameter.name] as tf.Tensor);
        const { gathered } = gatherer.gather(gradients, tf.tensor1d(adamValues(settings, step)));
        adamStep(gathered, { parameters, moments, decay });
        return value;
      });
  }

  async function train(steps: number, observe?: () => void): Promise<number[]> {
    const step = network();
    const losses: number[] = [];
    for (let i = 1; i <= steps; i++) {
      const loss = step(i);
      losses.push((await loss.data())[0] ?? NaN);
      loss.dispose();
      observe?.();
    }
    return losses;
  }

  test('leave no tensor and no byte behind', async () => {
    const { backend } = await openLab();
    const seen: string[] = [];
    const losses = await train(12, () => {
      const { numBytesInGPU, numBytesAllocatedInGPU } = backend.memory();
      const { numTensors, numDataBuffers } = tf.memory();
      seen.push(
        JSON.stringify({
          numTensors,
          numDataBuffers,
          ids: backend.numDataIds(),
          numBytesInGPU,
          numBytesAllocatedInGPU,
        }),
      );
    });
    expect(losses.at(-1)).toBeLessThan(losses[0] ?? 0);
    expect(new Set(seen.slice(4)).size, seen.join('\n')).toBe(1);
  });

  test('give the same bits again, and the same numbers as plain JavaScript', async () => {
    const runs: number[][] = [];
    for (const name of ['webgpu', 'webgpu', 'cpu'] as const) {
      compute?.dispose();
      compute = await openCompute(name);
      runs.push(await train(8));
    }
    const [first = [], second = [], reference = []] = runs;
    expect(second).toEqual(first);
    first.forEach((loss, i) => {
      expect(loss).toBeCloseTo(reference[i] ?? NaN, 4);
    });
  });
});
