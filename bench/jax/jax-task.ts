import { jit, nn, numpy as np, valueAndGrad } from '@jax-js/jax';
import type { Batch } from '../batch';
import type { InitialValues } from '../initial-values';

/** Parameters or gradients by name. A type, not an interface: jax-js only sees through those. */
export type Arrays = { [name: string]: np.Array };

/** A problem in jax-js. */
export interface JaxTask {
  /** Takes one step, submitting it; pipelines must have been compiled before. */
  step(): void;
  /** The same, compiling in the background what has not been compiled yet. */
  firstStep(): Promise<void>;
  loss(): Promise<number>;
  dispose(): void;
}

/** A classifier: parameters by name and examples, both the function's own, → logits `[batch, classes]`. */
export type JaxModel = (parameters: Arrays, examples: np.Array) => np.Array;

/** One update. `state` and `gradients` are the function's own; `corrections` are 1 − β₁ᵗ and 1 − β₂ᵗ. */
export interface JaxOptimizer {
  /** How many arrays of a parameter's shape it keeps. */
  slots: number;
  update(
    parameter: np.Array,
    slots: readonly np.Array[],
    gradient: np.Array,
    step: np.Array,
  ): { parameter: np.Array; slots: np.Array[] };
  /** What the update of step `step`, counted from 1, depends on besides: a few numbers. */
  settingsAt(step: number): number[];
}

/** mean(−log softmax(logits)[label]). */
function crossEntropy(logits: np.Array, labels: np.Array, classes: number): np.Array {
  const target = nn.oneHot(labels, classes);
  return nn.logSoftmax(logits, -1).mul(target).sum(-1).mean().neg();
}

/** Training of a classifier by its mean cross-entropy as one jitted function of parameters, state and batch. */
export function jaxTask(
  model: JaxModel,
  { shape, examples, labels, classes }: Batch,
  initial: InitialValues,
  optimizer: JaxOptimizer,
): JaxTask {
  const names = [...initial.keys()];
  const lossOf = (parameters: Arrays, input: np.Array, target: np.Array) =>
    crossEntropy(model(parameters, input), target, classes);

  const train = jit(
    (parameters: Arrays, slots: np.Array[], input: np.Array, target: np.Array, settings: np.Array) => {
      const kept: Arrays = Object.fromEntries(names.map((name) => [name, own(parameters, name).ref]));
      const [loss, gradients] = valueAndGrad(lossOf)(parameters, input, target) as [np.Array, Arrays];
      const nextParameters: Arrays = {};
      const nextSlots: np.Array[] = [];
      for (const [i, name] of names.entries()) {
        const before = slots.slice(i * optimizer.slots, (i + 1) * optimizer.slots);
        const after = optimizer.update(own(kept, name), before, own(gradients, name), settings.ref);
        nextParameters[name] = after.parameter;
        nextSlots.push(...after.slots);
      }
      settings.dispose();
      return { loss, parameters: nextParameters, slots: nextSlots };
    },
  );

  let parameters: Arrays = Object.fromEntries(
    [...initial].map(([name, { values, shape }]) => [name, np.array(values, { shape: [...shape] })]),
  );
  let slots = [...initial.values()].flatMap(({ shape }) =>
    Array.from({ length: optimizer.slots }, () => np.zeros([...shape])),
  );
  let latest: np.Array | null = null;
  let taken = 0;

  function encode(): np.Array {
    const next = train(
      parameters,
      slots,
      np.array(examples, { shape: [...shape] }),
      np.array(labels, { dtype: np.int32 }),
      np.array(Float32Array.from(optimizer.settingsAt(++taken))),
    );
    ({ parameters, slots } = next);
    latest?.dispose();
    return (latest = next.loss);
  }

  return {
    step() {
      encode().ref.gpuBufferSync(); // submits all that the jitted function holds
    },
    async firstStep() {
      await encode().blockUntilReady();
    },
    async loss() {
      const values = (await latest?.ref.data()) as Float32Array | undefined;
      return values?.[0] ?? NaN;
    },
    dispose() {
      for (const array of [...Object.values(parameters), ...slots]) array.dispose();
      latest?.dispose();
      train.dispose();
    },
  };
}

/** @throws Error for an array that there is not. */
export function own(arrays: Arrays, name: string): np.Array {
  const array = arrays[name];
  if (!array) throw new Error(`No array is named "${name}"; there are ${Object.keys(arrays).join(', ')}`);
  return array;
}
