import * as tf from '@tensorflow/tfjs-core';
import { TRANSFORM_CHANCES, TRANSFORMS, type Attribute } from '../data/attributes';
import { attributeTargets } from '../kernels/attributes/attributes';
import { transformImages } from '../kernels/attributes/transform';
import { itemDraws } from '../kernels/item-draws/item-draws';
import type { DeviceRng } from '../kernels/random/device-rng';
import type { MultiTask, MultiTaskBatch, MultiTaskBatches, MultiTaskData } from './multi-task-batches';
import { ImageLayout } from './multi-task-layout';

export interface AttributeOptions {
  /** The tasks, in this order. */
  attributes: readonly Attribute[];
  /** Side of the square patches; images are given whole where this is left out. */
  patch?: number;
}

/**
 * Many binary tasks on images that are transformed at random, as `data/attributes.ts` defines them.
 *
 * Targets: `attributes` `[batch, attributes]` of 0 and 1, a column for each task. Streams: word t of the item's draws from
 * fork `transform` decides transform t, which is done where the word's uniform number lies below its chance.
 */
export class AttributeBatches implements MultiTaskBatches<'attributes'> {
  readonly tasks: readonly MultiTask[];
  readonly inputShape: readonly number[];
  readonly #data: MultiTaskData;
  readonly #layout: ImageLayout;
  readonly #chances: tf.Tensor1D;
  readonly #members: tf.Tensor2D;
  readonly #transforms: tf.Tensor1D;

  /** @throws RangeError unless the images are square, a class of an attribute exists and the patch divides the image. */
  constructor(data: MultiTaskData, { attributes, patch }: AttributeOptions) {
    const { name, classes, shape } = data.dataset;
    const [height, width] = shape;
    if (height !== width)
      throw new RangeError(`Images of ${height} × ${width} cannot be turned a quarter: they are not square.`);
    for (const { id, classes: members = [] } of attributes)
      for (const member of members)
        if (!(member in classes)) throw new RangeError(`${name} has no class ${member}, which ${id} names.`);
    this.#data = data;
    this.#layout = new ImageLayout(data.dataset, [height, width], patch);
    this.inputShape = this.#layout.offsets.shape;
    this.tasks = attributes.map(({ id }) => ({ id, loss: 'binary-cross-entropy', outputs: 1 }));
    this.#chances = tf.tensor1d(TRANSFORMS.map((transform) => TRANSFORM_CHANCES[transform]));
    const belongs = classes.flatMap((_, label) =>
      attributes.map((attribute) => ((attribute.classes?.includes(label) ?? true) ? 1 : 0)),
    );
    this.#members = tf.tensor2d(belongs, [classes.length, attributes.length]);
    this.#transforms = tf.tensor1d(
      attributes.map(({ transform }) => (transform ? TRANSFORMS.indexOf(transform) : TRANSFORMS.length)),
      'int32',
    );
  }

  batch(indices: tf.Tensor1D, rng: DeviceRng): MultiTaskBatch<'attributes'> {
    return tf.tidy(() => {
      const { images, labels } = this.#data.images.images(indices);
      const { uniform } = itemDraws(indices, rng.fork('transform'));
      const { flags, targets } = attributeTargets(
        labels,
        { uniform, chances: this.#chances },
        { members: this.#members, transforms: this.#transforms },
      );
      const { black, white, offsets } = this.#layout;
      return {
        input: transformImages(images, { flags, black, white, offsets }),
        targets: { attributes: targets },
      };
    });
  }

  dispose(): void {
    this.#layout.dispose();
    tf.dispose([this.#chances, this.#members, this.#transforms]);
  }
}
