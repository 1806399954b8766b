import * as tf from '@tensorflow/tfjs-core';
import { capture } from '../../../engine/capture';
import type { CaptureOutcome } from '../../../engine/capture-outcome';
import type { CapturedStep } from '../../../engine/captured-step';
import { gradientsOfEach } from '../../../engine/gradients-of-each';
import type { InputTensors, InputValues } from '../../../engine/step-inputs';
import { gramianFrom } from '../../../methods/weighting/gramian';
import type {
  GradientWeighting,
  LearnedGradientWeighting,
  WeightingState,
} from '../../../methods/weighting/weighting-method';
import type { Optimizer } from '../../../nn/optimizer';
import { stateOfNumbers, type SavedState } from '../../../nn/saved-state';
import { FlatRows, namedPieces } from './flat-rows';
import { LEARNED } from './learned-weights';
import { headGradients, ownersIn, ownersOfNumbers, type ParameterOwners } from './parameter-owners';
import type { TaskSetting } from './setting';
import type { CapturedTaskStep, StepScalar, StepVector, TaskInputValues } from './task-step';

/** What the update of a gradient method is given. All but the settings are `[tasks]`. */
export type MoveInputs = {
  settings: { dtype: 'float32'; shape: readonly [number] };
  /** What the kept gradient of each task is multiplied by, in the trunk. */
  trunk: { dtype: 'float32'; shape: readonly [number] };
  /** The same in the heads. */
  heads: { dtype: 'float32'; shape: readonly [number] };
  /** The gradient with respect to what the method learns. */
  learned: { dtype: 'float32'; shape: readonly [number] };
};

/**
 * A step of a method that looks at the tasks' gradients, as two captured ones. The first has one forward pass and a backward
 * pass for each task, and leaves the gradients on the device; their Gramian is read back and the processor weighs in float64;
 * the second moves along the weighted sum of what was left, with no further pass.
 *
 * Heads have weight 1 with PCGrad and MGDA, which combine shared gradients only, as in LibMTL, and wₖ with GradNorm. What
 * GradNorm learns goes through the network's optimizer, on the device.
 */
export class GradientStep implements CapturedTaskStep {
  readonly owners: ParameterOwners;
  readonly #setting: TaskSetting;
  readonly #method: GradientWeighting | LearnedGradientWeighting;
  /** A gradient for each task. */
  readonly #ofTrunk: FlatRows;
  /** One, in which every number is of its own task. */
  readonly #ofHeads: FlatRows;
  /** int32 `[numbers of the heads]` */
  readonly #headOwners: tf.Tensor1D;
  readonly #look: ReturnType<typeof captureLook>;
  readonly #move: CapturedStep<MoveInputs, 'gradientNorm' | 'nonFinite'>;
  /** What the method keeps from step to step. */
  readonly state: SavedState = stateOfNumbers(
    () => this.#state,
    (state) => {
      this.#state = state;
    },
  );
  #state: WeightingState;
  #rows: { losses: Float64Array; weights: Float64Array }[] = [];
  #moved: InputValues<MoveInputs> | null = null;

  constructor(
    setting: TaskSetting,
    method: GradientWeighting | LearnedGradientWeighting,
    learned: tf.Variable<tf.Rank.R1> | null,
    optimizer: Optimizer,
  ) {
    const tasks = setting.tasks.length;
    this.#setting = setting;
    this.#method = method;
    this.#state = method.initial(tasks);
    this.owners = ownersIn(setting);
    this.#ofTrunk = new FlatRows(tasks, this.owners.trunk);
    this.#ofHeads = new FlatRows(1, this.owners.heads);
    this.#headOwners = tf.tensor1d(ownersOfNumbers(this.owners), 'int32');
    this.#look = captureLook(setting, this.owners, {
      ...{ trunk: this.#ofTrunk, heads: this.#ofHeads, learned },
    });
    this.#move = capture({
      inputs: this.moveInputs(optimizer.settingsLength),
      outputs: ['gradientNorm', 'nonFinite'],
      step: (inputs) => {
        const gradients = this.gradients(inputs);
        return optimizer.applyWith(
          learned ? new Map([...gradients, [LEARNED, inputs.learned]]) : gradients,
          inputs.settings,
        );
      },
    });
  }

  get outcome(): CaptureOutcome | null {
    const [look, move] = [this.#look.outcome, this.#move.outcome];
    if (look?.captured === false) return look;
    return move?.captured === false || look ? move : null;
  }

  /** What the latest update was given. */
  get moved(): InputValues<MoveInputs> | null {
    return this.#moved;
  }

  moveInputs(settings: number): MoveInputs {
    const perTask = { dtype: 'float32', shape: [this.#setting.tasks.length] } as const;
    return {
      settings: { dtype: 'float32', shape: [settings] },
      ...{ trunk: perTask, heads: perTask, learned: perTask },
    };
  }

  /** The gradient of the weighted objective from what the latest look left on the device. */
  gradients({ trunk, heads }: Pick<InputTensors<MoveInputs>, 'trunk' | 'heads'>): Map<string, tf.Tensor> {
    const own = tf.mul<tf.Tensor1D>(this.#ofHeads.only(), tf.gather(heads, this.#headOwners));
    return new Map([
      ...namedPieces(this.#ofTrunk.combined(trunk), this.owners.trunk),
      ...namedPieces(own, this.owners.heads),
    ]);
  }

  async run({ indices, settings, step }: TaskInputValues): Promise<void> {
    await this.#look.run({ indices, step });
    const found = await this.#look.read();
    const { losses, weights, gradient } = this.#weigh(found, step[0] ?? 0);
    const { scales } = this.#setting;
    const inputs = {
      settings,
      trunk: Float32Array.from(weights, (weight, k) => weight * (scales[k] ?? NaN)),
      heads: Float32Array.from(scales, (scale, k) => scale * (gradient ? (weights[k] ?? NaN) : 1)),
      learned: Float32Array.from(gradient ?? new Float64Array(weights.length)),
    };
    await this.#move.run(inputs);
    this.#moved = inputs;
    this.#rows.push({ losses, weights });
  }

  async read(): Promise<Record<StepScalar | StepVector, Float32Array>> {
    const rows = this.#rows;
    this.#rows = [];
    const moves = await this.#move.read();
    return {
      ...moves,
      loss: Float32Array.from(rows, ({ losses }) => losses.reduce((sum, loss) => sum + loss, 0)),
      losses: Float32Array.from(rows.flatMap(({ losses }) => [...losses])),
      weights: Float32Array.from(rows.flatMap(({ weights }) => [...weights])),
    };
  }

  dispose(): void {
    this.#look.dispose();
    this.#move.dispose();
    for (const resource of [this.#ofTrunk, this.#ofHeads, this.#headOwners]) resource.dispose();
  }

  /** @returns besides losses and weights, the gradient with respect to what the method learns; null of others */
  #weigh(
    found: Record<'losses' | 'gramian' | 'learned', Float32Array>,
    at: number,
  ): { losses: Float64Array; weights: Float64Array; gradient: Float64Array | null } {
    const { scales, rng } = this.#setting;
    const tasks = scales.length;
    const scale = (k: number) => scales[k] ?? NaN;
    const losses = Float64Array.from(found.losses, (loss, k) => loss * scale(k));
    const gramian = gramianFrom(
      Float64Array.from(
        found.gramian,
        (product, place) => product * scale(Math.floor(place / tasks)) * scale(place % tasks),
      ),
    );
    const context = { epoch: 0, rng: rng.fork(`step ${at}`), gramian };
    const learned = Float64Array.from(found.learned);
    if (this.#method.learns) {
      const weighed = this.#method.weigh(losses, { ...this.#state, learned }, context);
      this.#state = weighed.state;
      return { losses, weights: weighed.weights, gradient: weighed.gradient };
    }
    const { weights, state } = this.#method.weigh(losses, this.#state, context);
    this.#state = state;
    return { losses, weights, gradient: null };
  }
}

/** The first half: losses as they are, before their scales, and the Gramian of their gradients in the trunk. */
function captureLook(
  { spec, tasks, model, batches, draws }: TaskSetting,
  owners: ParameterOwners,
  kept: {
    trunk: FlatRows;
    heads: FlatRows;
    learned: tf.Variable<tf.Rank.R1> | null;
  },
) {
  return capture({
    inputs: {
      indices: { dtype: 'int32', shape: [spec.batch] },
      step: { dtype: 'int32', shape: [1] },
    },
    outputs: [],
    vectors: { losses: tasks.length, gramian: tasks.length ** 2, learned: tasks.length },
    step({ indices, step }) {
      const batch = batches.batch(indices, draws(step));
      const { values, each } = gradientsOfEach(
        () => model.losses(batch),
        [...owners.trunk.values(), ...owners.heads.values()],
      );
      for (const [k, gradients] of each.entries())
        kept.trunk.store(
          k,
          [...owners.trunk.values()].flatMap(({ name }) => gradients[name] ?? []),
        );
      kept.heads.store(0, [...headGradients(owners, each).values()]);
      return {
        losses: values,
        gramian: kept.trunk.gramian(),
        learned: kept.learned ?? tf.zeros<tf.Rank.R1>([tasks.length]),
      };
    },
  });
}
