import * as tf from '@tensorflow/tfjs-core';
import { Matrix } from 'ml-matrix';
import type { Split } from '../../data/data-source';
import type { Rng } from '../../math/rng';
import { centreClasses, meansOf, scatterOf } from '../../methods/collapse/class-statistics';
import { fewShotAccuracy } from '../../methods/collapse/few-shot';
import { unseenOrthogonality } from '../../methods/collapse/unseen-orthogonality';
import { cdnv } from '../../methods/collapse/variability';
import type { PhaseEvent } from '../../run/events';
import type { LayerOutputs } from '../../training/measure-collapse';
import { outputsHere } from './picture-geometry';

const BATCH = 250;
/** How often the examples of new classes are drawn. */
const REPEATS = 20;

/** How features serve classes that were not trained on. */
export interface Transfer {
  /** Of the unseen classes. */
  cdnv: number;
  /** Accuracy by the nearest mean of a few examples. */
  fewShot: number;
  /** NC5: mean |cos| of the trained classes' means with the mean of all unseen images. */
  orthogonality: number;
}

/**
 * Measures features on images of classes that were left out of the training, in float64 here: they are few.
 * @param means of the trained classes `[classes, width]`
 */
export async function* measureTransfer(
  unseen: Split,
  outputsOf: (examples: tf.Tensor1D) => LayerOutputs,
  means: Matrix,
  { shots, rng, signal }: { shots: number; rng: Rng; signal: AbortSignal },
): AsyncGenerator<PhaseEvent, Transfer, void> {
  const features = yield* featuresOf(unseen, outputsOf, { what: 'classes held out', signal });
  const classes = Math.max(...unseen.labels) + 1;
  const own = meansOf(features, unseen.labels, classes);
  const centred = centreClasses(own.means, own.counts, 'classes');
  return {
    cdnv: cdnv(own.means, scatterOf(features, unseen.labels, centred)),
    fewShot: fewShotAccuracy(features, unseen.labels, { shots, repeats: REPEATS, rng }),
    orthogonality: unseenOrthogonality(means, features.mean('column')),
  };
}

/**
 * NC5 with images of another data set: mean |cos| of the trained classes' means with the mean of all of them.
 * @param means of the trained classes `[classes, width]`
 */
export async function* measureForeign(
  foreign: Split,
  outputsOf: (examples: tf.Tensor1D) => LayerOutputs,
  means: Matrix,
  signal: AbortSignal,
): AsyncGenerator<PhaseEvent, number, void> {
  const features = yield* featuresOf(foreign, outputsOf, { what: 'foreign images', signal });
  return unseenOrthogonality(means, features.mean('column'));
}

/** The last layer's features of all images of a split `[images, width]`. */
async function* featuresOf(
  split: Split,
  outputsOf: (examples: tf.Tensor1D) => LayerOutputs,
  { what, signal }: { what: string; signal: AbortSignal },
): AsyncGenerator<PhaseEvent, Matrix, void> {
  const rows: number[][] = [];
  for (let from = 0; from < split.count; from += BATCH) {
    yield {
      kind: 'phase',
      phase: 'evaluating',
      detail: what,
      progress: { done: from, total: split.count, unit: 'examples' },
    };
    signal.throwIfAborted();
    const to = Math.min(from + BATCH, split.count);
    const { features } = await outputsHere(() => outputsOf(tf.range(from, to, 1, 'int32')));
    rows.push(...features.to2DArray());
  }
  return new Matrix(rows);
}
