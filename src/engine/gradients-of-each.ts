import * as tf from '@tensorflow/tfjs-core';
import { taped, type TapeNode } from './tfjs-private';

/** An element of a tensor, from which the backward pass of an entry of f's result begins. */
interface Seed {
  tensor: tf.Tensor;
  at: number;
}

/** Operations that only put vectors and numbers end to end, whatever else they may do to tensors of higher rank. */
const joins: ReadonlySet<string> = new Set([tf.Pack, tf.Concat, tf.Reshape, tf.ExpandDims, tf.Identity]);

/**
 * The gradient ∇_θ y_k of every entry of y = f() with respect to the variables θ: one forward pass, and for each entry a
 * backward pass with the unit cotangent e_k. Where f ends by stacking or concatenating losses, the pass of an entry begins
 * at its own loss and goes through nothing that only the others need; put what scales the losses before the stacking.
 * Works as `tf.variableGrads` does, inside captured steps and `tf.tidy` too; it gives the same bits as
 * `tf.variableGrads` of each loss alone.
 * @param f gives float32 `[K]`; its variables must be used inside
 * @returns `values` `[K]`, and for each entry the gradients by the variables' names, zero where the entry does not depend
 *   on the variable
 * @throws TypeError when f does not give a float32 vector.
 * @throws Error when no entry depends on any of the variables, or an operation has no gradient.
 */
export function gradientsOfEach(
  f: () => tf.Tensor1D,
  variables: readonly tf.Variable[],
): { values: tf.Tensor1D; each: tf.NamedTensorMap[] } {
  return tf.tidy(() => {
    const { result: values, tape, release } = taped(() => tf.tidy(f));
    try {
      if (values.rank !== 1 || values.dtype !== 'float32')
        throw new TypeError(
          `gradientsOfEach needs a float32 vector, got ${values.dtype} of rank ${values.rank}`,
        );
      const makers = new Map(tape.flatMap((node) => node.outputs.map(({ id }) => [id, node] as const)));
      const seeds = seedsOf(values, makers);
      const dependents = dependentsOf(variables, tape);
      if (!seeds.some(({ tensor }) => dependents.has(tensor.id)))
        throw new Error('gradientsOfEach: the result depends on none of the variables inside f');
      const backward = [...tape].reverse();
      const found = seeds.map((seed) =>
        tf.tidy((): tf.NamedTensorMap => {
          const gradients = pullBack(seed, backward, dependents);
          const reached = variables.flatMap(({ name, id }) => {
            const gradient = gradients.get(id);
            return gradient ? [[name, gradient] as const] : [];
          });
          return Object.fromEntries(reached);
        }),
      );
      const zeros = new Map<string, tf.Tensor>();
      const zeroOf = ({ name, shape }: tf.Variable) => {
        const zero = zeros.get(name) ?? tf.zeros(shape);
        zeros.set(name, zero);
        return tf.clone(zero); // the same buffer, but the caller's to dispose of
      };
      const each = found.map((gradients) =>
        Object.fromEntries(
          variables.map((variable) => [variable.name, gradients[variable.name] ?? zeroOf(variable)] as const),
        ),
      );
      return { values, each };
    } finally {
      release();
    }
  });
}

/** Where each element of a vector, or of a tensor with one element, comes from once what only joins is looked through. */
function seedsOf(tensor: tf.Tensor, makers: ReadonlyMap<number, TapeNode>): Seed[] {
  const node = makers.get(tensor.id);
  if (node && joins.has(node.kernelName)) {
    const parts = Object.values(node.inputs);
    if (parts.every(({ rank, size }) => rank <= 1 || size === 1))
      return parts.flatMap((part) => seedsOf(part, makers));
  }
  return Array.from({ length: tensor.size }, (_, at) => ({ tensor, at }));
}

/** Identifiers of the variables and of all tensors computed from them. */
function dependentsOf(variables: readonly tf.Variable[], tape: readonly TapeNode[]): ReadonlySet<number> {
  const dependents = new Set(variables.map(({ id }) => id));
  for (const { inputs, outputs } of tape)
    if (Object.values(inputs).some(({ id }) => dependents.has(id)))
      for (const { id } of outputs) dependents.add(id);
  return dependents;
}

/**
 * The gradients of one element with respect to all tensors it comes from, by their identifiers. Sums are in the order of
 * tfjs's own. It disposes of none of them on the way, since operations may pass one on to several of their inputs.
 * @param backward the tape, last operation first
 * @param dependents the tensors whose gradients matter
 */
function pullBack(
  { tensor, at }: Seed,
  backward: readonly TapeNode[],
  dependents: ReadonlySet<number>,
): ReadonlyMap<number, tf.Tensor> {
  const gradients = new Map<number, tf.Tensor>();
  if (!dependents.has(tensor.id)) return gradients;
  const unit = new Float32Array(tensor.size);
  unit[at] = 1;
  gradients.set(tensor.id, tf.tensor(unit, tensor.shape));
  for (const { kernelName, inputs, outputs, gradient } of backward) {
    const dys = outputs.map(({ id }) => gradients.get(id) ?? null);
    if (dys.every((dy) => dy === null)) continue;
    if (!gradient) throw new Error(`gradientsOfEach: ${kernelName} has no gradient`);
    const dxs = gradient(dys);
    for (const [name, { id }] of Object.entries(inputs)) {
      if (!dependents.has(id)) continue;
      const dx = dxs[name];
      if (!dx) throw new Error(`gradientsOfEach: ${kernelName} has no gradient for its input ${name}`);
      const [former, found] = [gradients.get(id), tf.tidy(dx)];
      gradients.set(id, former ? tf.add(former, found) : found);
    }
  }
  return gradients;
}
