import { capture } from '../../../engine/capture';
import type { CaptureOutcome } from '../../../engine/capture-outcome';
import type { GradientStep } from './gradient-step';
import { groupNorms } from './group-norms';
import { ownersIn } from './parameter-owners';
import type { TaskSetting } from './setting';
import { taskInputs, type TaskInputValues } from './task-step';
import { weightedGradient, type Weigher } from './weighted-gradient';

/** Norms of the gradient of a step's weighted objective, `[1 + tasks]`, of the trunk first. It is asked on both sides of the step. */
export interface GradientProbe {
  readonly outcome: CaptureOutcome | null;
  /** Right before the step; null if it cannot tell yet. */
  before(inputs: TaskInputValues): Promise<Float32Array | null>;
  /** Right after the step; null if it told before. */
  after(): Promise<Float32Array | null>;
  dispose(): void;
}

/**
 * For methods that weigh by losses: the gradient is computed once more from the step's own inputs, before the step. That of the
 * trunk too where it is frozen.
 */
export function recomputing(setting: TaskSetting, weigher: Weigher, settingsLength: number): GradientProbe {
  const { model, tasks, spec } = setting;
  const owners = ownersIn(setting);
  const all = new Map(model.parameters.entries());
  const captured = capture({
    inputs: taskInputs(spec.batch, settingsLength, tasks.length),
    outputs: [],
    vectors: { norms: 1 + tasks.length },
    step: (inputs) => ({
      norms: groupNorms(owners, weightedGradient(setting, weigher, inputs, all).gradients, tasks.length),
    }),
  });
  return {
    get outcome() {
      return captured.outcome;
    },
    async before(inputs) {
      await captured.run(inputs);
      return (await captured.read()).norms;
    },
    after: () => Promise.resolve(null),
    dispose() {
      captured.dispose();
    },
  };
}

/** For methods that weigh by gradients: the step leaves them on the device. */
export function remembering(
  step: GradientStep,
  { tasks }: TaskSetting,
  settingsLength: number,
): GradientProbe {
  const captured = capture({
    inputs: step.moveInputs(settingsLength),
    outputs: [],
    vectors: { norms: 1 + tasks.length },
    step: (inputs) => ({ norms: groupNorms(step.owners, step.gradients(inputs), tasks.length) }),
  });
  return {
    get outcome() {
      return captured.outcome;
    },
    before: () => Promise.resolve(null),
    async after() {
      if (!step.moved) return null;
      await captured.run(step.moved);
      return (await captured.read()).norms;
    },
    dispose() {
      captured.dispose();
    },
  };
}
