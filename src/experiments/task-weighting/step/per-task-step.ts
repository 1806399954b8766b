import * as tf from '@tensorflow/tfjs-core';
import { capture } from '../../../engine/capture';
import { gradientsOfEach } from '../../../engine/gradients-of-each';
import { createOptimizer, type GradientVerdict, type OptimizerSettings } from '../../../nn/optimizer';
import { gradientsByName } from '../../../nn/parameter-groups';
import { joinStates, stateOfVariables } from '../../../nn/saved-state';
import type { TrainingCore } from './created-step';
import { recomputing } from './gradient-probe';
import { withLearned, type Learned } from './loss-step';
import { factorOf, headGradients, ownersIn, timesFactors, type ParameterOwners } from './parameter-owners';
import type { TaskSetting } from './setting';
import { stepFlops } from './step-flops';
import { STEP_SCALARS, taskInputs } from './task-step';
import { scaled, type Weigher } from './weighted-gradient';
import { sumOf } from './sum-of';

/**
 * A step with one Adam state per task (Yang et al. 2023, AdaTask; Elich et al. 2023, section 4.1): every task moves the trunk by
 * Adam's rule for its own gradient wₖ ∇Lₖ, one after the other, and so its size does not matter there either. A head
 * has its own state anyway. One forward pass, a backward pass for each task. Weight decay λ is coupled, and each of the K
 * states of the trunk gets λ ∕ K of it, so that the sum decays once.
 * @param learned with the variables to train beside the heads
 * @param disposeLearned called when the step is disposed of
 */
export function createPerTaskCore(
  setting: TaskSetting,
  weigher: Weigher,
  learned: Learned & { variables: ReadonlyMap<string, tf.Variable> },
  disposeLearned: () => void,
): TrainingCore {
  const { spec, tasks, scales, model, batches, draws } = setting;
  const owners = ownersIn(setting);
  const adam: OptimizerSettings = { kind: 'adam', weightDecay: spec.weightDecay, momentum: 0 };
  const ofTrunk = tasks.map(() =>
    createOptimizer(owners.trunk, { ...adam, weightDecay: spec.weightDecay / tasks.length }),
  );
  const ofHeads = createOptimizer(new Map([...owners.heads, ...learned.variables]), adam);
  const half = ofHeads.settingsLength;
  const captured = capture({
    inputs: taskInputs(spec.batch, 2 * half, tasks.length),
    outputs: STEP_SCALARS,
    vectors: { losses: tasks.length, weights: tasks.length },
    step(inputs) {
      const batch = batches.batch(inputs.indices, draws(inputs.step));
      const { values, each } = gradientsOfEach(
        () => model.losses(batch),
        [...owners.trunk.values(), ...owners.heads.values()],
      );
      const losses = scaled(values, scales);
      const weights = weigher(losses, inputs);
      const factors = scaled(weights, scales); // dLₖ ∕ dθ of the losses before their scales is what `each` holds
      const trunk = each.map((gradients, k) => weighted(owners, gradients, factorOf(factors, k)));
      const heads = timesFactors(owners, headGradients(owners, each), factors);
      const settings = inputs.settings;
      const verdicts = ofTrunk.map((optimizer, k) =>
        optimizer.applyWith(trunk[k] ?? new Map(), tf.slice(settings, 0, half)),
      );
      const verdict = ofHeads.applyWith(
        withLearned(heads, { losses }, learned),
        tf.slice(settings, half, half),
      );
      return {
        loss: tf.sum<tf.Scalar>(losses),
        gradientNorm: normOfSum(owners, trunk, verdict),
        nonFinite: firstNonFinite(owners, verdicts, verdict),
        losses,
        weights,
      };
    },
  });
  return {
    captured,
    settingsAt: (step, learningRate) =>
      Float32Array.of(
        ...(ofTrunk[0]?.settingsAt(step, learningRate) ?? []),
        ...ofHeads.settingsAt(step, learningRate),
      ),
    parameterName: (nonFinite) =>
      nonFinite <= owners.trunk.size
        ? (ofTrunk[0] ?? ofHeads).parameterName(nonFinite)
        : ofHeads.parameterName(nonFinite - owners.trunk.size),
    state: joinStates({
      ofHeads,
      ...Object.fromEntries(ofTrunk.map((optimizer, k) => [`ofTrunk${k + 1}`, optimizer])),
      learned: stateOfVariables([...learned.variables.values()]),
    }),
    probe: () => recomputing(setting, weigher, 2 * half),
    flopsPerImage: stepFlops(setting, tasks.length),
    description: { 'Backward passes per step': `${tasks.length}, from one forward pass` },
    dispose() {
      for (const resource of [captured, ...ofTrunk, ofHeads]) resource.dispose();
      disposeLearned();
    },
  };
}

const weighted = (
  { trunk }: ParameterOwners,
  gradients: tf.NamedTensorMap,
  factor: tf.Tensor1D,
): Map<string, tf.Tensor> =>
  new Map(
    [...gradientsByName({ entries: () => trunk }, gradients)].map(([name, gradient]) => [
      name,
      tf.mul(gradient, factor),
    ]),
  );

/** Norm of the gradient of the weighted objective, as the other steps tell it: in the trunk, that of the sum. */
function normOfSum(
  { trunk }: ParameterOwners,
  each: readonly ReadonlyMap<string, tf.Tensor>[],
  ofHeads: GradientVerdict,
): tf.Scalar {
  const squares = [...trunk.keys()].map((name) => {
    const gradients = each.flatMap((map) => map.get(name) ?? []);
    return tf.sum<tf.Scalar>(tf.square(sumOf(gradients)));
  });
  return tf.sqrt<tf.Scalar>(sumOf([...squares, tf.square(ofHeads.gradientNorm)]));
}

/** The first of all verdicts that is not 0, the parameters of the trunk counted before those of the heads. */
function firstNonFinite(
  { trunk }: ParameterOwners,
  ofTrunk: readonly GradientVerdict[],
  ofHeads: GradientVerdict,
): tf.Scalar {
  const inTrunk = tf.max<tf.Scalar>(tf.stack(ofTrunk.map(({ nonFinite }) => nonFinite)));
  const inHeads = tf.where<tf.Scalar>(
    tf.greater(ofHeads.nonFinite, 0),
    tf.add(ofHeads.nonFinite, trunk.size),
    ofHeads.nonFinite,
  );
  return tf.where<tf.Scalar>(tf.greater(inTrunk, 0), inTrunk, inHeads);
}
