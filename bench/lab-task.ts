import * as tf from '@tensorflow/tfjs-core';
import { capture } from '../src/engine/capture';
import type { CaptureOutcome, StepDefinition } from '../src/engine/captured-step';
import { EagerStep } from '../src/engine/eager-step';
import type { InputSpecs, InputValues } from '../src/engine/step-inputs';
import { softmaxCrossEntropy } from '../src/kernels/softmax-cross-entropy/softmax-cross-entropy';
import { createOptimizer, type OptimizerSettings } from '../src/nn/optimizer';
import type { Parameters } from '../src/nn/parameters';
import type { Batch } from './batch';

export type StepKind = 'captured' | 'eager';

/** A problem on our own engine, for capturing or for running as it is. */
export interface LabTask {
  parameters: Parameters;
  start(kind: StepKind): LabRun;
  dispose(): void;
}

/** The steps of a task, run one after the other. */
export interface LabRun {
  /** One step on the batch. */
  run(): Promise<void>;
  /** Losses since the last reading, oldest first. */
  losses(): Promise<Float32Array>;
  outcome(): CaptureOutcome | null;
  dispose(): void;
}

export interface LabModel {
  parameters: Parameters;
  /** Examples → logits `[batch, classes]`. */
  logits(examples: tf.Tensor): tf.Tensor2D;
  /** Frees parameters and other state. */
  dispose(): void;
}

/** Training of a classifier by its mean cross-entropy, as the experiments do it. */
export function labTask(
  model: LabModel,
  { shape, examples, labels }: Batch,
  settings: OptimizerSettings,
  learningRate: number,
): LabTask {
  const { parameters } = model;
  const optimizer = createOptimizer(parameters, settings);
  const inputs = {
    examples: { dtype: 'float32', shape },
    labels: { dtype: 'int32', shape: [labels.length] },
    settings: { dtype: 'float32', shape: [optimizer.settingsLength] },
  } as const satisfies InputSpecs;
  const definition: StepDefinition<typeof inputs, 'loss'> = {
    inputs,
    outputs: ['loss'],
    step(given) {
      const { value, grads } = tf.variableGrads(
        () => tf.mean<tf.Scalar>(softmaxCrossEntropy(model.logits(given.examples), given.labels)),
        parameters.list(),
      );
      optimizer.applyWith(parameters.byName(grads), given.settings);
      return { loss: value };
    },
  };

  const inputsAt = (step: number): InputValues<typeof inputs> => ({
    examples,
    labels,
    settings: optimizer.settingsAt(step, learningRate),
  });

  return {
    parameters,
    start(kind) {
      const step =
        kind === 'captured' ? capture(definition) : new EagerStep(definition, 'it was asked to run eagerly');
      let taken = 0;
      return {
        run: () => step.run(inputsAt(++taken)),
        losses: async () => (await step.read()).loss,
        outcome: () => step.outcome,
        dispose: () => {
          step.dispose();
        },
      };
    },
    dispose() {
      optimizer.dispose();
      model.dispose();
    },
  };
}
