import * as tf from '@tensorflow/tfjs-core';
import { asLab, LAB, noteNativeKernel, type LabBackend } from '../../engine/lab-backend';
import { u32 } from '../kernel';
import { shapeText } from '../rows';
import { launch } from '../run-native';
import { ShapeError } from '../shape-error';
import { launchGroups, type GroupKernel } from '../tensor-groups';
import gatherTemplate from './gather.wgsl?raw';
import verdictWgsl from './verdict.wgsl?raw';

/** Numbers in front of the gathered gradients: whether to proceed, the clip factor, then the settings but the first. */
export const HEAD = 16;

/** Added to the norm that divides, as `torch.nn.utils.clip_grad_norm_` does. */
const CLIP_EPSILON = 1e-6;

/** Gradients of one step, measured and ready for the update. */
export type GatheredGradients = {
  /** `[16 + total + …]`: the head, then all gradients end to end. */
  gathered: tf.Tensor1D;
  /** √Σ g² over all gradients, before clipping. */
  gradientNorm: tf.Scalar;
  /** 0, or the number, counted from 1, of the first gradient up to which Σ g² is not finite. */
  nonFinite: tf.Scalar;
};

const gatherKernel: GroupKernel = {
  name: 'LabGatherGradients',
  template: gatherTemplate,
  // An invocation for every 64 elements, and never so many sums that adding them up takes longer than it saves.
  blocks: (size) => Math.min(16, Math.ceil(size / 64 / 64)),
  variants: [
    { name: 'portable', blocks: 4 },
    { name: 'fine', blocks: 1 },
  ],
};
noteNativeKernel(gatherKernel.name);
noteNativeKernel('LabGradientNorm');

/**
 * Lays the gradients of all parameters end to end, and finds their norm, the factor that clips it, and whether all is
 * finite, without asking the processor. The sums have a fixed order.
 */
export class GradientGatherer {
  private readonly offsets: number[] = [];
  /** Where each gradient's partial sums begin, and where the last ones end. */
  private readonly ranges: readonly number[];
  private readonly rangesTensor: tf.Tensor1D;

  /** @param sizes elements of each gradient */
  constructor(private readonly sizes: readonly number[]) {
    let offset = HEAD;
    for (const size of sizes) {
      this.offsets.push(offset);
      offset += size;
    }
    const ranges = [offset];
    for (const size of sizes) {
      offset += Math.min(size, 64 * gatherKernel.blocks(size));
      ranges.push(offset);
    }
    this.ranges = ranges;
    this.rangesTensor = tf.keep(tf.tensor1d(ranges, 'int32'));
  }

  /**
   * Gathers the gradients of one step. Gradients are clipped to the norm c as PyTorch's `clip_grad_norm_` does, by the
   * factor min(1, c / (norm + 10⁻⁶)). When an element, or the sum of squares itself, is not finite, the update is
   * skipped, where PyTorch would raise with `error_if_nonfinite`: in float32 that is a gradient beyond about 1.8·10¹⁹.
   * @param settings `[count]`, count at most 15: the norm to clip to (0: never) and whatever the update reads
   * @param perLaunch gradients in one launch; by default as many as the device can bind
   * @throws ShapeError when the gradients are not as many or not as large as declared, or the settings too many.
   */
  gather(gradients: readonly tf.Tensor[], settings: tf.Tensor1D, perLaunch?: number): GatheredGradients {
    this.check(gradients, settings);
    return tf.getBackend() === LAB
      ? this.native(asLab(tf.backend()), gradients, settings, perLaunch)
      : tf.tidy(() => gatherReference(gradients, settings));
  }

  dispose(): void {
    this.rangesTensor.dispose();
  }

  private native(
    backend: LabBackend,
    gradients: readonly tf.Tensor[],
    settings: tf.Tensor1D,
    perLaunch: number | undefined,
  ): GatheredGradients {
    const make = (shape: number[]) =>
      tf.engine().makeTensorFromTensorInfo(backend.makeTensorInfo(shape, 'float32'), backend);
    const gathered = make([this.ranges.at(-1) ?? 0]) as tf.Tensor1D;
    const gradientNorm = make([]) as tf.Scalar;
    const nonFinite = make([]) as tf.Scalar;
    const each = (i: number) => ({ offset: u32(this.offsets[i] ?? 0), sums: u32(this.ranges[i] ?? 0) });
    launchGroups(
      backend,
      gatherKernel,
      { reads: {}, writes: { gathered }, tensors: gradients, access: 'read' },
      {},
      each,
      perLaunch,
    );
    launch(
      {
        name: 'LabGradientNorm',
        variants: [{ name: 'portable', wgsl: verdictWgsl, workgroups: () => [1, 1, 1] }],
        integers: ['ranges'],
        params: () => ({ tensors: u32(gradients.length), settings: u32(settings.size) }),
        tolerance: { value: 0, grad: 0 },
      },
      backend,
      ['settings', 'ranges'],
      ['gathered', 'gradientNorm', 'nonFinite'],
      { settings, ranges: this.rangesTensor, gathered, gradientNorm, nonFinite },
      {},
    );
    return { gathered, gradientNorm, nonFinite };
  }

  private check(gradients: readonly tf.Tensor[], settings: tf.Tensor1D): void {
    if (settings.size > HEAD - 1) {
      throw new ShapeError(`gatherGradients takes ${HEAD - 1} settings at most, got ${settings.size}`);
    }
    if (gradients.length !== this.sizes.length || gradients.some(({ size }, i) => size !== this.sizes[i])) {
      throw new ShapeError(
        `gatherGradients needs gradients of ${this.sizes.join(', ')} elements, got ` +
          gradients.map(({ shape }) => shapeText(shape)).join(', '),
      );
    }
  }
}

/** The same in plain tfjs; `gathered` ends with the gradients. */
export function gatherReference(gradients: readonly tf.Tensor[], settings: tf.Tensor1D): GatheredGradients {
  const running = tf.cumsum(tf.stack(gradients.map((gradient) => tf.sum(tf.square(gradient)))));
  const count = gradients.length;
  const finite = tf.sum(tf.cast(tf.isFinite(running), 'float32')); // once it is not finite it never is again
  const isGood = tf.equal(finite, count);
  const nonFinite = tf.where<tf.Scalar>(isGood, 0, tf.add(finite, 1));
  const gradientNorm = tf.sqrt<tf.Scalar>(tf.reshape(tf.slice(running, count - 1, 1), []));
  const clip = tf.slice(settings, 0, 1);
  const factor = tf.where<tf.Tensor1D>(
    tf.greater(clip, 0),
    tf.minimum(1, tf.div(clip, tf.add(gradientNorm, CLIP_EPSILON))),
    1,
  );
  const gathered = tf.concat1d([
    tf.cast(tf.reshape(isGood, [1]), 'float32'),
    factor,
    tf.slice(settings, 1),
    tf.zeros([HEAD - 1 - settings.size]),
    ...gradients.map((gradient) => tf.reshape<tf.Rank.R1>(gradient, [-1])),
  ]);
  return { gathered, gradientNorm, nonFinite };
}
