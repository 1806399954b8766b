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
  const rows: number[][] = [];
  for (let from = 0; from < unseen.count; from += BATCH) {
    yield {
      kind: 'phase',
      phase: 'evaluating',
      detail: 'classes held out',
      progress: { done: from, total: unseen.count, unit: 'examples' },
    };
    signal.throwIfAborted();
    const to = Math.min(from + BATCH, unseen.count);
    const { features } = await outputsHere(() => outputsOf(tf.range(from, to, 1, 'int32')));
    rows.push(...features.to2DArray());
  }
  const features = new Matrix(rows);
  const classes = Math.max(...unseen.labels) + 1;
  const own = meansOf(features, unseen.labels, classes);
  const centred = centreClasses(own.means, own.counts, 'classes');
  return {
    cdnv: cdnv(own.means, scatterOf(features, unseen.labels, centred)),
    fewShot: fewShotAccuracy(features, unseen.labels, { shots, repeats: REPEATS, rng }),
    orthogonality: unseenOrthogonality(means, features.mean('column')),
  };
}
