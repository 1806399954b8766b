import * as tf from '@tensorflow/tfjs-core';
import { overwrite } from '../../engine/overwrite';
import { softmaxCrossEntropy } from '../../kernels/softmax-cross-entropy/softmax-cross-entropy';
import { responses } from '../../methods/tract/response';
import { spectrum } from '../../methods/tract/spectrum';
import type { DeviceBatches } from '../../nn/device-batches';
import type { FirstLayerRule } from '../../nn/first-layer';
import type { Snapshot } from '../../run/snapshot';
import type { TractModel } from './model';
import {
  FILTERS,
  RESPONSE,
  SPECTRUM,
  type FiltersArrays,
  type ResponseArrays,
  type SpectrumArrays,
} from './tract-snapshots';

/** Test images that are measured one by one. */
const SAMPLE = 64;
/** Most filters in a picture, and most numbers in all of them. */
const MOST_FILTERS = 64;
const MOST_VALUES = 16384;

/** The first of the first layer's filters, as they are. */
export async function pictureFilters({ parameters, first }: TractModel, step: number): Promise<Snapshot> {
  const weight = parameterOf(parameters, first.weight);
  const values = await weight.data<'float32'>();
  const size = first.shape.reduce((product, extent) => product * extent, 1);
  const outputs = values.length / size;
  const shown = Math.min(outputs, MOST_FILTERS, Math.max(1, Math.floor(MOST_VALUES / size)));
  const filters = Float32Array.from(
    { length: shown * size },
    (_, i) => values[(i % size) * outputs + Math.floor(i / size)] ?? NaN,
  );
  const arrays: FiltersArrays = { filters: { shape: [shown, ...first.shape], values: filters } };
  return { name: FILTERS, step, arrays: { ...arrays } };
}

function parameterOf(parameters: TractModel['parameters'], wanted: string): tf.Variable {
  for (const [name, variable] of parameters.entries()) if (name === wanted) return variable;
  throw new Error(`The model has no parameter "${wanted}"`);
}

/**
 * What the first layer is given for the first test images, and what their losses want of its pre-activations. Batch norms
 * take the statistics of these images, as in training, and have their running ones back afterwards.
 */
async function sampleFirstLayer(model: TractModel, test: DeviceBatches, count: number) {
  const kept: { rows?: tf.Tensor2D; dz?: tf.Tensor } = {};
  const seen: FirstLayerRule = ({ x, weight, forward, rows }) => {
    kept.rows = tf.keep(rows(x));
    const noted = tf.customGrad((z) => ({
      value: tf.clone(z as tf.Tensor),
      gradFunc: (gradient: tf.Tensor) => {
        kept.dz = tf.keep(tf.clone(gradient));
        return tf.clone(gradient);
      },
    }));
    return noted(forward(weight));
  };
  const statistics = await Promise.all(model.running.map((running) => running.data<'float32'>()));
  const images = tf.tidy(() => {
    const { x, labels } = model.read(test, tf.range(0, count, 1, 'int32'));
    tf.variableGrads(
      () => tf.sum(softmaxCrossEntropy(model.logits(x, true, seen), labels)),
      [parameterOf(model.parameters, model.first.weight)],
    );
    return tf.reshape(x, [count, -1]);
  });
  for (const [i, running] of model.running.entries())
    overwrite(running, statistics[i]?.slice() ?? new Float32Array());
  const { rows, dz } = kept;
  if (!rows || !dz) throw new Error('The first layer was not asked for its rule');
  try {
    return {
      /** Values as the model is given them. */
      images: await images.data<'float32'>(),
      x: await rows.data<'float32'>(),
      dz: await dz.data<'float32'>(),
      rows: rows.shape[0] / count,
    };
  } finally {
    tf.dispose([images, rows, dz]);
  }
}

/**
 * Measures the first layer on the first test images. It draws nothing and changes nothing.
 * @param available test images
 * @param options.lambda λ of TrAct
 * @param options.withSpectrum whether to give the spectrum of its inputs, too
 */
export async function measureFirstLayer(
  model: TractModel,
  { test, available }: { test: DeviceBatches; available: number },
  step: number,
  { lambda, withSpectrum = false }: { lambda: number; withSpectrum?: boolean },
): Promise<Snapshot[]> {
  const count = Math.min(SAMPLE, available);
  const { images, x, dz, rows } = await sampleFirstLayer(model, test, count);
  const shape = [count];
  const size = images.length / count;
  const contrast = Float32Array.from({ length: count }, (_, i) =>
    deviation(images.subarray(i * size, (i + 1) * size)),
  );
  const { asked, vanilla, tract } = responses({ x, dz, images: count, rows }, lambda);
  const arrays: ResponseArrays = {
    contrast: { shape, values: contrast },
    asked: { shape, values: asked },
    vanilla: { shape, values: vanilla },
    tract: { shape, values: tract },
  };
  const response: Snapshot = { name: RESPONSE, step, arrays: { ...arrays } };
  if (!withSpectrum) return [response];
  const eigenvalues = spectrum(x, count * rows);
  const found: SpectrumArrays = { eigenvalues: { shape: [eigenvalues.length], values: eigenvalues } };
  return [{ name: SPECTRUM, step, arrays: { ...found } }, response];
}

function deviation(values: Float32Array): number {
  let [sum, squares] = [0, 0];
  for (const value of values) sum += value;
  const mean = sum / values.length;
  for (const value of values) squares += (value - mean) ** 2;
  return Math.sqrt(squares / values.length);
}
