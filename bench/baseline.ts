import * as tf from '@tensorflow/tfjs-core';
import { openLab } from './open-lab';
import { summarize, type Summary } from './statistics';

const COPIED_BYTES = 64 * 2 ** 20;
const EXTENT = 1024;

/** What the device does with the plainest of work, to read the other figures by. */
export interface Baseline {
  adapter: string;
  software: boolean;
  /** 10⁹ bytes per second that a copy from one buffer to another moves, each byte counted once. */
  copyGBs: Summary;
  /** 10⁹ floating-point operations per second of our [1024×1024]·[1024×1024]. */
  matmulGflops: Summary;
}

/** Times a buffer copy of 64 MiB and a matrix product. */
export async function measureBaseline(repeats: number): Promise<Baseline> {
  const lab = await openLab();
  await lab.activate();
  const { device } = lab.backend;
  const usage = GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST | GPUBufferUsage.STORAGE;
  const [from, to] = [0, 1].map(() => device.createBuffer({ size: COPIED_BYTES, usage })) as [
    GPUBuffer,
    GPUBuffer,
  ];
  const x = tf.ones<tf.Rank.R2>([EXTENT, EXTENT]);

  const timed = async (encode: () => void): Promise<number> => {
    await lab.done();
    const startedAt = performance.now();
    encode();
    await lab.done();
    return (performance.now() - startedAt) / 1000;
  };
  const copy = () => {
    const encoder = device.createCommandEncoder();
    encoder.copyBufferToBuffer(from, 0, to, 0, COPIED_BYTES);
    device.queue.submit([encoder.finish()]);
  };
  const multiply = () => {
    tf.matMul(x, x).dispose();
  };
  const [copied, multiplied]: [number[], number[]] = [[], []];
  try {
    for (let i = 0; i <= repeats; i++) {
      const [copySeconds, matmulSeconds] = [await timed(copy), await timed(multiply)];
      if (i === 0) continue; // it compiles and touches the memory for the first time
      copied.push(COPIED_BYTES / copySeconds / 1e9);
      multiplied.push((2 * EXTENT ** 3) / matmulSeconds / 1e9);
    }
  } finally {
    x.dispose();
    from.destroy();
    to.destroy();
  }
  const [copyGBs, matmulGflops] = [summarize(copied), summarize(multiplied)];
  if (!copyGBs || !matmulGflops) throw new RangeError('a baseline needs at least one repetition');
  return { adapter: lab.adapter, software: lab.software, copyGBs, matmulGflops };
}
