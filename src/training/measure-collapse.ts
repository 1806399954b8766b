import * as tf from '@tensorflow/tfjs-core';
import { Matrix } from 'ml-matrix';
import type { Split } from '../data/data-source';
import { addToClassScatter } from '../kernels/class-statistics/class-scatter';
import { addToClassSums } from '../kernels/class-statistics/class-sums';
import { nearestMean } from '../kernels/class-statistics/nearest-mean';
import { sum } from '../math/sum';
import {
  AbsentClassError,
  centreClasses,
  scatterFromSums,
  type CentredMeans,
  type ClassScatter,
  type ClassWeighting,
} from '../methods/collapse/class-statistics';
import { nearestCentreDisagreement } from '../methods/collapse/classifier-agreement';
import type { PhaseEvent } from '../run/events';

/** Examples that go through a model at once, unless said otherwise. */
const BATCH = 250;
/** Batches that may wait on the device before their numbers are awaited: enough to keep it busy, and no more. */
const BATCHES_AHEAD = 4;
/** What the first pass may keep on the device, so that the second need not run the model again: 64 MiB. */
const KEPT_BYTES = 2 ** 26;

/** What a classifier in evaluation mode makes of some examples. */
export interface LayerOutputs {
  /** Features of each layer, `[examples, width]`; the last are those that the last linear layer sees. */
  layers: readonly tf.Tensor2D[];
  /** `[examples, classes]` */
  logits: tf.Tensor2D;
}

/** Class means and scatter of one layer's features. */
export interface LayerStatistics {
  means: CentredMeans;
  scatter: ClassScatter;
}

/** All that collapse is measured by, of one split. */
export interface CollapseStatistics {
  /** Of each layer, as `LayerOutputs.layers`. */
  layers: readonly LayerStatistics[];
  /** Examples of each class `[classes]`. */
  counts: Float64Array;
  /** Share of examples told rightly. */
  accuracy: number;
  /** The same of each class `[classes]`. */
  classAccuracy: Float64Array;
  /** Mean loss. */
  loss: number;
  /** NC4: share of examples that the classifier and the nearest class mean tell differently. */
  disagreement: number;
}

export interface CollapseOptions {
  /** Names of the classes, as many as there are; for errors. */
  classes: readonly string[];
  weighting: ClassWeighting;
  /**
   * Means that NC4 looks for the nearest of, in the last layer's features `[classes, width]`: those of the training set,
   * when test examples are measured. The split's own where absent.
   */
  centres?: Matrix;
  /** Loss of each example `[examples]`. */
  lossOf: (logits: tf.Tensor2D, labels: tf.Tensor1D) => tf.Tensor1D;
  /** What is measured, for the progress. */
  what: string;
  signal: AbortSignal;
  /** Examples that go through the model at once; it bounds memory and changes results by rounding only. */
  batchSize?: number;
  /** Bytes of features and logits that may stay on the device between the passes. Where they are more, the model runs twice. */
  keptBytes?: number;
}

/**
 * Class statistics of every layer over a whole split, streamed on the device in two passes: the class means first, then
 * the scatter around them, of which only z = Mᵀ (h − μ_c), C numbers per example, is multiplied out (`addToClassScatter`).
 * Nothing of width × width is made and no features come back. Where the features of all examples fit beside the model, they
 * wait on the device for the second pass; else the model runs again, to the same bits. Sums run in float32 on the device, batch by batch in a fixed
 * order; what is made of them runs in float64 here. It draws nothing and changes nothing.
 * @param outputsOf indices of examples, int32 `[examples]` → what the model makes of them
 * @throws AbsentClassError when a class has no example, before anything runs; RangeError for a label that is no class.
 */
export async function* measureCollapse(
  split: Pick<Split, 'count' | 'labels'>,
  outputsOf: (examples: tf.Tensor1D) => LayerOutputs,
  options: CollapseOptions,
): AsyncGenerator<PhaseEvent, CollapseStatistics, void> {
  const { weighting, lossOf, keptBytes = KEPT_BYTES } = options;
  const classes = options.classes.length;
  const counts = countsOf(split, options.classes);
  const total = sum(counts);
  const held: tf.Tensor[] = [];
  const zeros = (rows: number, columns?: number) => {
    const variable = tf.tidy(() =>
      tf.variable(tf.zeros(columns === undefined ? [rows] : [rows, columns]), false),
    );
    held.push(variable);
    return variable;
  };
  const sumsOf = (width: number) => ({ sums: zeros(classes, width), counts: zeros(classes) });
  const onDevice = (matrix: Matrix) => {
    const tensor = tf.tensor2d(matrix.to1DArray(), [matrix.rows, matrix.columns]);
    held.push(tensor);
    return tensor;
  };

  try {
    const told = sumsOf(2); // of each class: how many are told rightly, and their loss
    let sums: ReturnType<typeof sumsOf>[] = [];
    const kept: LayerOutputs[] = [];
    let keeps = false;
    yield* pass(split, options, 0, told.sums, (examples, labels) => {
      const outputs = outputsOf(examples);
      const { layers, logits } = outputs;
      if (sums.length === 0) {
        sums = layers.map(({ shape: [, width] }) => sumsOf(width));
        const numbers = sum(layers.map(({ shape: [, width] }) => width)) + classes;
        keeps = 4 * numbers * split.count <= keptBytes;
      }
      if (keeps) {
        kept.push(outputs);
        for (const tensor of [...layers, logits]) held.push(tf.keep(tensor));
      }
      for (const [i, features] of layers.entries()) {
        const into = sums[i];
        if (into) addToClassSums(features, labels, into);
      }
      const right = tf.cast(tf.equal(tf.argMax(logits, 1), labels), 'float32');
      addToClassSums(tf.stack<tf.Tensor>([right, lossOf(logits, labels)], 1) as tf.Tensor2D, labels, told);
    });

    const means: CentredMeans[] = [];
    for (const { sums: added } of sums) {
      const matrix = Matrix.from1DArray(classes, added.shape[1] ?? 0, await added.data());
      means.push(centreClasses(matrix.divColumnVector(counts), counts, weighting, options.classes));
    }
    const scatters = means.map((of) => ({
      means: onDevice(of.means),
      directions: onDevice(of.centred),
      sums: { projected: zeros(classes, classes), within: zeros(classes) },
    }));
    // Σ_W is a mean over all examples, in which a class counts by its size unless its z are scaled.
    const factors =
      weighting === 'samples'
        ? undefined
        : tf.tensor1d(Float32Array.from(counts, (count) => Math.sqrt(total / (classes * count))));
    if (factors) held.push(factors);
    const centres = options.centres ? onDevice(options.centres) : scatters.at(-1)?.means;
    const agreed = sumsOf(1);
    yield* pass(split, options, split.count, agreed.sums, (examples, labels) => {
      const { layers, logits } = kept.shift() ?? outputsOf(examples);
      for (const [i, features] of layers.entries()) {
        const into = scatters[i];
        if (into) addToClassScatter(features, labels, into.means, into.directions, into.sums, factors);
      }
      const features = layers.at(-1);
      if (!features || !centres) return;
      const agrees = tf.equal(tf.argMax(logits, 1), nearestMean(features, centres));
      addToClassSums(tf.expandDims(tf.cast(agrees, 'float32'), 1), labels, agreed);
    });

    const layers: LayerStatistics[] = [];
    for (const [i, { sums: scatter }] of scatters.entries()) {
      const of = means[i];
      if (!of) continue;
      const [projected, within] = await Promise.all([scatter.projected.data(), scatter.within.data()]);
      layers.push({ means: of, scatter: scatterFromSums({ projected, within }, counts) });
    }
    const [byClass, agreedByClass] = await Promise.all([told.sums.data(), agreed.sums.data()]);
    const column = (at: number) => Float64Array.from(counts, (_, c) => byClass[2 * c + at] ?? NaN);
    return {
      layers,
      counts,
      accuracy: sum(column(0)) / total,
      classAccuracy: column(0).map((right, c) => right / (counts[c] ?? NaN)),
      loss: sum(column(1)) / total,
      disagreement: nearestCentreDisagreement(sum(agreedByClass), total),
    };
  } finally {
    tf.dispose(held);
  }
}

/** Runs all examples through `add`, with progress over both passes. */
async function* pass(
  { count, labels }: Pick<Split, 'count' | 'labels'>,
  { what, signal, batchSize = BATCH }: Pick<CollapseOptions, 'what' | 'signal' | 'batchSize'>,
  done: number,
  last: tf.Tensor,
  add: (examples: tf.Tensor1D, labels: tf.Tensor1D) => void,
): AsyncGenerator<PhaseEvent, void, void> {
  let ahead = 0;
  for (let from = 0; from < count; from += batchSize) {
    yield {
      kind: 'phase',
      phase: 'evaluating',
      detail: what,
      progress: { done: done + from, total: 2 * count, unit: 'examples' },
    };
    signal.throwIfAborted();
    const to = Math.min(from + batchSize, count);
    tf.tidy(() => {
      add(tf.range(from, to, 1, 'int32'), tf.tensor1d(Int32Array.from(labels.subarray(from, to)), 'int32'));
    });
    if (++ahead % BATCHES_AHEAD === 0) await last.data();
  }
}

function countsOf({ count, labels }: Pick<Split, 'count' | 'labels'>, classes: readonly string[]) {
  const counts = new Float64Array(classes.length);
  for (const label of labels.subarray(0, count)) {
    const before = counts[label];
    if (before === undefined) throw new RangeError(`Label ${label} is none of the ${classes.length} classes`);
    counts[label] = before + 1;
  }
  const absent = [...counts.keys()].filter((c) => counts[c] === 0);
  if (absent.length > 0) throw new AbsentClassError(absent, classes);
  return counts;
}
