import * as tf from '@tensorflow/tfjs-core';
import { capture } from '../../../engine/capture';
import type { CapturedStep } from '../../../engine/captured-step';
import { gradientsOfEach } from '../../../engine/gradients-of-each';
import { FlatRows, namedPieces } from './flat-rows';
import type { GradientProbe } from './gradient-probe';
import { groupNorms, normsFrom } from './group-norms';
import type { Measurement } from './measurement';
import { comparePairs, spreadOver } from './pair-similarity';
import { ownersIn } from './parameter-owners';
import type { TaskSetting } from './setting';
import type { TaskInputValues } from './task-step';

/** Tasks whose gradients are compared, at most. */
const MOST_TASKS = 4;

type LookInputs = {
  indices: { dtype: 'int32'; shape: readonly [number] };
  step: { dtype: 'int32'; shape: readonly [number] };
};

/** All it depends on lies on the device. */
type NoInputs = Readonly<Record<string, never>>;

/**
 * Measures a step every so often, by captured steps of its own on both sides of it. They read the model and change only what
 * is theirs, so that the training stays the same to the bit.
 *
 * Gradients of single images are those of losses after their scales, at the parameters before the step, on the first images
 * of its batch and on up to four tasks, each by a pass with a batch of one.
 */
export class Measuring {
  readonly #setting: TaskSetting;
  readonly #probe: GradientProbe;
  /** Numbers of the tasks that are compared. */
  readonly #compared: readonly number[];
  /** Gradients of the trunk, one for each image and compared task, tasks fastest. */
  readonly #singles: FlatRows;
  /** One row: all parameters before the step. */
  readonly #former: FlatRows;
  readonly #one = tf.keep(tf.scalar(1));
  readonly #look: CapturedStep<LookInputs, never, 'gramian' | 'opposite'>;
  readonly #change: CapturedStep<NoInputs, never, 'norms'>;
  readonly #found = new Map<number, Measurement>();
  #timed = { count: 0, total: 0 };
  #latest: number | null = null;

  constructor(setting: TaskSetting, probe: GradientProbe) {
    const { spec, model, tasks } = setting;
    this.#setting = setting;
    this.#probe = probe;
    this.#compared = spreadOver(tasks.length, MOST_TASKS);
    const rows = spec.measureSamples * this.#compared.length;
    const owners = ownersIn(setting);
    const all = new Map(model.parameters.entries());
    this.#singles = new FlatRows(rows, owners.trunk);
    this.#former = new FlatRows(1, all);
    this.#look = capture({
      inputs: {
        indices: { dtype: 'int32', shape: [spec.batch] },
        step: { dtype: 'int32', shape: [1] },
      },
      outputs: [],
      vectors: { gramian: rows ** 2, opposite: rows ** 2 },
      step: ({ indices, step }) => {
        this.#former.store(0, [...all.values()]);
        for (let image = 0; image < spec.measureSamples; image++)
          this.#storeSingles(image, tf.slice(indices, image, 1), step, [...owners.trunk.values()]);
        return { gramian: this.#singles.gramian(), opposite: this.#singles.oppositeShares() };
      },
    });
    this.#change = capture({
      inputs: {},
      outputs: [],
      vectors: { norms: 1 + tasks.length },
      step: () => {
        const former = namedPieces(this.#former.only(), all);
        const changes = [...all].map(
          ([name, variable]) => [name, tf.sub(variable, former.get(name) ?? NaN)] as const,
        );
        return { norms: groupNorms(owners, new Map(changes), tasks.length) };
      },
    });
  }

  /** Of one measurement, mean so far, or while steps are still being captured the latest; null before the first. */
  get milliseconds(): number | null {
    return this.#timed.count > 0 ? this.#timed.total / this.#timed.count : this.#latest;
  }

  isDue(at: number): boolean {
    return at % this.#setting.spec.measureEvery === 0;
  }

  /** Runs a step and measures it. */
  async around(inputs: TaskInputValues, step: () => Promise<void>): Promise<void> {
    const captures = [this.#look, this.#change, this.#probe];
    const isSettled = captures.every(({ outcome }) => outcome !== null);
    const before = await this.#time(async () => {
      const norms = await this.#probe.before(inputs);
      await this.#look.run({ indices: inputs.indices, step: inputs.step });
      return { norms, ...(await this.#look.read()) };
    });
    await step();
    const after = await this.#time(async () => {
      const norms = await this.#probe.after();
      await this.#change.run({});
      return { norms, change: (await this.#change.read()).norms };
    });
    this.#latest = before.milliseconds + after.milliseconds;
    if (isSettled) this.#timed = { count: this.#timed.count + 1, total: this.#timed.total + this.#latest };
    const { gramian, opposite } = before.result;
    this.#found.set(inputs.step[0] ?? 0, {
      gradient: normsFrom([...(before.result.norms ?? after.result.norms ?? [])]),
      update: normsFrom([...after.result.change]),
      between: comparePairs(this.#scaled(gramian), opposite, this.#compared.length),
    });
  }

  /** The measurement of a step, once. */
  take(at: number): Measurement | null {
    const found = this.#found.get(at) ?? null;
    this.#found.delete(at);
    return found;
  }

  dispose(): void {
    for (const captured of [this.#look, this.#change, this.#probe]) captured.dispose();
    for (const resource of [this.#singles, this.#former, this.#one]) resource.dispose();
  }

  /** Lays the gradients of one image, by each compared task, into their rows. */
  #storeSingles(image: number, index: tf.Tensor1D, step: tf.Tensor1D, trunk: readonly tf.Variable[]): void {
    const { model, batches, draws, tasks } = this.#setting;
    const batch = batches.batch(index, draws(step));
    const { each } = gradientsOfEach(() => {
      const losses = model.losses(batch);
      if (this.#compared.length === tasks.length) return losses;
      return tf.concat1d(this.#compared.map((k) => tf.slice(losses, k, 1)));
    }, trunk);
    for (const [place, gradients] of each.entries())
      this.#singles.store(
        image * this.#compared.length + place,
        trunk.flatMap(({ name }) => gradients[name] ?? []),
      );
  }

  /** The Gramian of the gradients after the losses' scales. */
  #scaled(gramian: Float32Array): Float64Array {
    const [rows, count] = [Math.round(Math.sqrt(gramian.length)), this.#compared.length];
    const scale = (row: number) => this.#setting.scales[this.#compared[row % count] ?? -1] ?? NaN;
    return Float64Array.from(
      gramian,
      (product, place) => product * scale(Math.floor(place / rows)) * scale(place % rows),
    );
  }

  /** Runs something and takes the time that the device needs for it, beginning when all before is done. */
  async #time<Result>(run: () => Promise<Result>): Promise<{ result: Result; milliseconds: number }> {
    const sign = tf.neg(this.#one);
    await sign.data();
    sign.dispose();
    const startedAt = performance.now();
    const result = await run();
    return { result, milliseconds: performance.now() - startedAt };
  }
}
