import * as tf from '@tensorflow/tfjs-core';
import type { Dataset, Split } from '../../data/data-source';
import type { BlockTaps } from '../../nn/vit';
import type { NumberArray, Snapshot } from '../../run/snapshot';
import { IMAGES, type RoutingArrays } from './routing-snapshot';

/** Test images of each class that a lens pictures. */
const PER_CLASS = 2;

/** Indices of the first few images of each class in a split. */
export function picturedImages({ labels }: Split, classes: number): number[] {
  const found = Array.from({ length: classes }, (): number[] => []);
  for (const [index, label] of labels.entries()) {
    const ofClass = found[label];
    if (ofClass && ofClass.length < PER_CLASS) ofClass.push(index);
  }
  return found.flat();
}

/** Those images and their classes, as a lens shows them. */
export function imagesSnapshot({ shape, test }: Dataset, pictured: readonly number[]): Snapshot {
  const imageBytes = shape.reduce((product, extent) => product * extent, 1);
  const pixels = new Uint8Array(pictured.length * imageBytes);
  for (const [i, index] of pictured.entries())
    pixels.set(test.pixels.subarray(index * imageBytes, (index + 1) * imageBytes), i * imageBytes);
  const labels = Uint8Array.from(pictured, (index) => test.labels[index] ?? 0);
  return {
    name: IMAGES,
    step: 0,
    arrays: {
      pixels: { shape: [pictured.length, ...shape], values: pixels },
      labels: { shape: [pictured.length], values: labels },
    },
  };
}

/** Taps of the routed blocks, each with its number counted from 1. */
const routedTaps = (taps: readonly BlockTaps[]) =>
  taps.flatMap(({ kept, scores }, index) => (kept && scores ? [{ block: index + 1, kept, scores }] : []));

/** Counts, over a split evaluated batch by batch, how often each position was kept by each routed block. */
export class KeptCounter {
  #sum: tf.Tensor2D | null = null;
  #images = 0;

  /** Adds a batch. Call it where the tensors of the forward pass exist. */
  add(taps: readonly BlockTaps[]): void {
    const routed = routedTaps(taps);
    const [first] = routed;
    if (!first) return;
    const counts = tf.stack(routed.map(({ kept }) => tf.sum(kept, 0))) as tf.Tensor2D; // [routed, tokens]
    const before = this.#sum;
    this.#sum = tf.keep(before ? tf.add(before, counts) : counts);
    before?.dispose();
    this.#images += first.kept.shape[0];
  }

  /** Shares in [0, 1], `[routed, tokens]`; `[0, 0]` where nothing was routed. Counting begins anew. */
  async shares(): Promise<NumberArray> {
    if (!this.#sum) return { shape: [0, 0], values: new Float32Array() };
    const { shape } = this.#sum;
    const images = this.#images;
    const counts = await this.#sum.data<'float32'>();
    this.dispose();
    return { shape, values: counts.map((count) => count / images) };
  }

  dispose(): void {
    this.#sum?.dispose();
    this.#sum = null;
    this.#images = 0;
  }
}

/**
 * How a forward pass over some images was routed and what it says of their classes.
 * @param forward a forward pass; its tensors end here
 * @returns empty arrays for the blocks of a model that routes nothing
 */
export async function pictureRouting(
  forward: () => { logits: tf.Tensor2D; blocks: BlockTaps[] },
): Promise<Omit<RoutingArrays, 'keptShare'>> {
  const made = tf.tidy(() => {
    const { logits, blocks } = forward();
    const routed = routedTaps(blocks);
    const [images] = logits.shape;
    const stacked = (of: (tap: (typeof routed)[number]) => tf.Tensor2D) =>
      routed.length > 0 ? tf.stack(routed.map(of), 1) : tf.zeros([images, 0, 0]); // [images, routed, tokens]
    return {
      kept: stacked(({ kept }) => kept),
      scores: stacked(({ scores }) => scores),
      probabilities: tf.softmax(logits),
      blocks: tf.tensor1d(
        routed.map(({ block }) => block),
        'int32',
      ),
    };
  });
  try {
    const { kept, scores, probabilities, blocks } = made;
    return {
      blocks: { shape: blocks.shape, values: Int32Array.from(await blocks.data()) },
      kept: { shape: kept.shape, values: Uint8Array.from(await kept.data()) },
      scores: { shape: scores.shape, values: Float32Array.from(await scores.data()) },
      probabilities: { shape: probabilities.shape, values: Float32Array.from(await probabilities.data()) },
    };
  } finally {
    tf.dispose(made);
  }
}
