import * as tf from '@tensorflow/tfjs-core';
import { FASHION_ATTRIBUTES } from '../../src/data/attributes';
import type { Dataset } from '../../src/data/data-source';
import card from '../../src/experiments/task-weighting/card';
import type { TaskWeightingSpec } from '../../src/experiments/task-weighting/knobs';
import { createTaskStep } from '../../src/experiments/task-weighting/step/create-step';
import type { StepScalar, StepVector, TaskStep } from '../../src/experiments/task-weighting/step/task-step';
import { createDeviceRng } from '../../src/kernels/random/device-rng';
import { createRng } from '../../src/math/philox-rng';
import type { Rng } from '../../src/math/rng';
import { DeviceBatches } from '../../src/nn/device-batches';
import { AttributeBatches } from '../../src/nn/multi-task-attributes';
import type { MultiTask, MultiTaskBatches } from '../../src/nn/multi-task-batches';
import { createMultiTaskModel, type MultiTaskModel } from '../../src/nn/multi-task-model';
import { RotationBatches } from '../../src/nn/multi-task-rotation';
import { parseSpec } from '../../src/spec/parse-spec';

const SIDE = 6;
const COUNT = 60;
export const BATCH = 10;

/** Ten kinds of small random pictures. */
function pictures(): Dataset {
  const rng = createRng(5).fork('pictures');
  const split = (count: number) => ({
    count,
    pixels: Uint8Array.from({ length: count * SIDE * SIDE }, () => rng.below(256)),
    labels: Uint8Array.from({ length: count }, (_, i) => i % 10),
  });
  return {
    name: 'Pictures',
    shape: [SIDE, SIDE, 1],
    classes: Array.from({ length: 10 }, (_, i) => `kind ${i}`),
    mean: [0.5],
    standardDeviation: [0.29],
    train: split(COUNT),
    test: split(1),
    digest: 'pictures',
  } as unknown as Dataset;
}

/** A setting of the experiment for these pictures, from a few of its knobs. */
export const specOf = (knobs: Partial<Record<keyof TaskWeightingSpec, unknown>>): TaskWeightingSpec =>
  parseSpec(card.knobs, {
    ...{ tasks: 'fashion-3', batch: BATCH, learningRate: 0.01, weightDecay: 0.001, trainExamples: 100 },
    ...{ width: 8, depth: 1 },
    ...knobs,
  });

/** All a step needs, on the current backend. */
export interface Setup {
  spec: TaskWeightingSpec;
  rng: Rng;
  tasks: readonly MultiTask[];
  batches: MultiTaskBatches<string>;
  model: MultiTaskModel;
  /** Of step `at`, counted from 1. */
  indicesAt(at: number): Int32Array;
  dispose(): void;
}

/** @param only the tasks to train, by number; all where it is left out */
export function setUp(
  spec: TaskWeightingSpec,
  { seed = 1, only }: { seed?: number; only?: number[] } = {},
): Setup {
  const rng = createRng(seed);
  const dataset = pictures();
  const images = new DeviceBatches(dataset, dataset.train);
  const data = { dataset, count: COUNT, images };
  const all: MultiTaskBatches<string> =
    spec.tasks === 'attributes'
      ? new AttributeBatches(data, { attributes: FASHION_ATTRIBUTES })
      : new RotationBatches(data, { maxDegrees: 60, angleNoise: 0.3, pixelNoise: 0.7 });
  const tasks = all.tasks.filter((_, k) => only?.includes(k) ?? true);
  const batches: MultiTaskBatches<string> = {
    tasks,
    inputShape: all.inputShape,
    batch: (indices, draws) => all.batch(indices, draws),
    dispose: () => {
      all.dispose();
    },
  };
  const { width, depth, headWidth } = spec;
  const model = createMultiTaskModel(
    { trunk: 'mlp', inputShape: batches.inputShape, width, depth, heads: 1, headWidth, tasks },
    rng,
  );
  const order = rng.fork('order');
  return {
    ...{ spec, rng, tasks, batches, model },
    indicesAt: (at) => Int32Array.from(order.fork(`${at}`).permutation(COUNT).subarray(0, spec.batch)),
    dispose() {
      model.parameters.dispose();
      batches.dispose();
      images.dispose();
    },
  };
}

/** What the batches of a step draw from. */
export const drawsOf = ({ rng }: Pick<Setup, 'rng'>, step: tf.Tensor1D) =>
  createDeviceRng(rng.fork('tasks'), step);

export const stepFor = (setup: Setup): TaskStep =>
  createTaskStep({ ...setup, rng: setup.rng.fork('weighting'), draws: (step) => drawsOf(setup, step) });

/** What came of a training. */
export interface Trained {
  parameters: Map<string, Float32Array>;
  columns: Record<StepScalar | StepVector, Float32Array>;
  step: TaskStep;
}

/** Trains for some steps, six to an epoch, reading when it must and at the end. The setup is disposed of, and the step. */
export async function trainFor(setup: Setup, steps: number, step = stepFor(setup)): Promise<Trained> {
  const columns: Record<string, number[]> = {};
  const tasks = setup.tasks.length;
  let observed = 0;
  const report = async () => {
    const read = await step.read();
    for (const [name, values] of Object.entries(read)) (columns[name] ??= []).push(...values);
    for (let row = 0; row < read.loss.length; row++)
      step.observe(++observed, read.losses.subarray(row * tasks, (row + 1) * tasks));
  };
  try {
    for (let at = 1; at <= steps; at++) {
      const epoch = Math.floor((at - 1) / 6);
      if (step.needsReport(at, epoch)) await report();
      const { learningRate } = setup.spec;
      await step.run(step.inputsAt(at, { indices: setup.indicesAt(at), epoch, learningRate }));
    }
    await report();
    const arrays = await setup.model.parameters.toArrays();
    const parameters = new Map(
      [...arrays].map(([name, { values }]) => [name, Float32Array.from(values as Float32Array)] as const),
    );
    const lists = Object.entries(columns).map(([name, list]) => [name, Float32Array.from(list)]);
    return { parameters, columns: Object.fromEntries(lists) as Trained['columns'], step };
  } finally {
    step.dispose();
    setup.dispose();
  }
}

/** The largest difference of two sets of parameters, relative to 1 + |value|; infinite where they do not match. */
export function apart(
  a: ReadonlyMap<string, ArrayLike<number>>,
  b: ReadonlyMap<string, ArrayLike<number>>,
  isAsked: (name: string) => boolean = () => true,
): number {
  let most = 0;
  for (const [name, values] of a)
    if (isAsked(name))
      for (let i = 0; i < values.length; i++) {
        const [x, y] = [values[i] ?? NaN, b.get(name)?.[i] ?? NaN];
        const distance = Math.abs(x - y) / (1 + Math.abs(x));
        most = distance <= most ? most : Number.isNaN(distance) ? Infinity : distance;
      }
  return most;
}

/** Tensors there are now. */
export const tensorCount = (): number => tf.memory().numTensors;
