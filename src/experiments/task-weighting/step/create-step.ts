import type * as tf from '@tensorflow/tfjs-core';
import type { DeviceRng } from '../../../kernels/random/device-rng';
import type { Rng } from '../../../math/rng';
import type {
  GradientWeighting,
  LearnedGradientWeighting,
  LearnedLossWeighting,
  LossWeighting,
} from '../../../methods/weighting/weighting-method';
import type { MultiTaskBatches } from '../../../nn/multi-task-batches';
import type { MultiTaskModel } from '../../../nn/multi-task-model';
import { createOptimizer, type OptimizerSettings } from '../../../nn/optimizer';
import { parametersWhere } from '../../../nn/parameter-groups';
import { joinStates, stateOfVariables } from '../../../nn/saved-state';
import type { TaskWeightingSpec } from '../knobs';
import { CreatedStep, type TrainingCore } from './created-step';
import { EpochWeights } from './dwa-weights';
import { recomputing, remembering } from './gradient-probe';
import { GradientStep } from './gradient-step';
import { createLearned } from './learned-weights';
import { captureLossStep } from './loss-step';
import { Measuring } from './measuring';
import { createPerTaskCore } from './per-task-step';
import { methodOf, scalesOf, type TaskSetting } from './setting';
import { stepFlops } from './step-flops';
import type { TaskStep } from './task-step';
import { createWeigher } from './weighted-gradient';

export interface TaskStepOptions {
  spec: TaskWeightingSpec;
  model: MultiTaskModel;
  batches: MultiTaskBatches<string>;
  /** What the batches draw from in a step, from its number, int32 `[1]`. */
  draws: (step: tf.Tensor1D) => DeviceRng;
  /** Stream of what the method draws. */
  rng: Rng;
}

/**
 * The training step for a setting: losses of a batch, their weights by the method, gradients, an update. It trains the model
 * where it lies; the model and the batches belong to the caller. The tasks are those of the batches, in the order of the
 * model's losses.
 * @throws RangeError for a setting that the method refuses, and for a method of gradients without a trunk to train or with
 * one state per task.
 */
export function createTaskStep(options: TaskStepOptions): TaskStep {
  const { spec, batches, rng } = options;
  const { tasks } = batches;
  const method = methodOf(spec, tasks.length);
  const setting: TaskSetting = { ...options, tasks, scales: scalesOf(spec, tasks.length) };
  const isOfEpochs = method.reads === 'losses' && !method.learns && !method.onDevice;
  const core =
    method.reads === 'gradients' ? createGradientCore(setting, method) : createLossCore(setting, method);
  return new CreatedStep(core, tasks.length, {
    epochWeights: isOfEpochs ? new EpochWeights(method, tasks.length, rng) : null,
    measuring: spec.measures ? new Measuring(setting, core.probe()) : null,
  });
}

const optimizerOf = ({ optimizer, weightDecay, momentum }: TaskWeightingSpec): OptimizerSettings => ({
  ...{ kind: optimizer === 'sgd' ? 'sgd' : 'adam', weightDecay, momentum },
});

function createLossCore(setting: TaskSetting, method: LossWeighting | LearnedLossWeighting): TrainingCore {
  const { spec, model, tasks } = setting;
  const learned = createLearned(method, tasks.length, setting.rng);
  const variables = new Map(learned?.parameters.entries() ?? []);
  const variable = learned?.variable ?? null;
  const weigher = createWeigher(method, variable, setting);
  if (spec.optimizer === 'adam-per-task' && !spec.freezeTrunk) {
    return createPerTaskCore(setting, weigher, { method, variable, variables }, () => {
      learned?.parameters.dispose();
    });
  }
  const trained = parametersWhere(model.parameters, (name) => !(spec.freezeTrunk && model.isShared(name)));
  const optimizer = createOptimizer(new Map([...trained, ...variables]), optimizerOf(spec));
  const captured = captureLossStep(setting, weigher, { method, variable }, optimizer, trained);
  return {
    captured,
    settingsAt: (step, learningRate) => optimizer.settingsAt(step, learningRate),
    parameterName: (nonFinite) => optimizer.parameterName(nonFinite),
    state: joinStates({ optimizer, ...(learned && { learned: stateOfVariables([learned.variable]) }) }),
    probe: () => recomputing(setting, weigher, optimizer.settingsLength),
    flopsPerImage: stepFlops(setting, 1),
    description: {},
    dispose() {
      captured.dispose();
      optimizer.dispose();
      learned?.parameters.dispose();
    },
  };
}

function createGradientCore(
  setting: TaskSetting,
  method: GradientWeighting | LearnedGradientWeighting,
): TrainingCore {
  const { spec, model, tasks } = setting;
  if (spec.freezeTrunk) throw new RangeError(`${spec.method} weighs gradients of the trunk, which is frozen`);
  if (spec.optimizer === 'adam-per-task')
    throw new RangeError(`${spec.method} forms a common gradient, and every task has an Adam of its own`);
  const learned = createLearned(method, tasks.length, setting.rng);
  const trained = new Map([...model.parameters.entries(), ...(learned?.parameters.entries() ?? [])]);
  const optimizer = createOptimizer(trained, optimizerOf(spec));
  const captured = new GradientStep(setting, method, learned?.variable ?? null, optimizer);
  return {
    captured,
    settingsAt: (step, learningRate) => optimizer.settingsAt(step, learningRate),
    parameterName: (nonFinite) => optimizer.parameterName(nonFinite),
    state: joinStates({
      ...{ optimizer, method: captured.state },
      ...(learned && { learned: stateOfVariables([learned.variable]) }),
    }),
    probe: () => remembering(captured, setting, optimizer.settingsLength),
    flopsPerImage: stepFlops(setting, tasks.length),
    description: { 'Backward passes per step': `${tasks.length}, from one forward pass` },
    dispose() {
      captured.dispose();
      optimizer.dispose();
      learned?.parameters.dispose();
    },
  };
}
