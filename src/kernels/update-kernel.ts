import * as tf from '@tensorflow/tfjs-core';
import { asLab, LAB, noteNativeKernel } from '../engine/lab-backend';
import type { Case, Computation, Shape } from './kernel';
import { launch, shapesOf } from './run-native';

/**
 * A kernel that changes tensors where they lie instead of making new ones: optimizers, running statistics. It is not
 * differentiable.
 */
export interface UpdateKernel<
  Read extends string,
  State extends string,
  Attrs extends object,
> extends Computation<Read | State, Attrs> {
  reads: readonly Read[];
  states: readonly State[];
  /** @throws ShapeError when the tensors do not go together. */
  check(shapes: Record<Read | State, Shape>, attrs: Attrs): void;
  /** The new values of the states, in plain tfjs. */
  reference(tensors: Record<Read | State, tf.Tensor>, attrs: Attrs): Record<State, tf.Tensor>;
  cases: readonly Case<Read | State, Attrs>[];
}

export type AnyUpdate = UpdateKernel<string, string, object>;

/** Changes `states` from `reads`. Tensors that share a state's data see the change too, where it happens in place. */
export type Update<Read extends string, State extends string, Attrs extends object> = (
  reads: Record<Read, tf.Tensor>,
  states: Record<State, tf.Variable>,
  attrs: Attrs,
) => void;

const defined = new Map<string, { kernel: AnyUpdate; update: Update<string, string, object> }>();

/** Every update defined so far. */
export const definedUpdates = () => [...defined.values()];

/**
 * Makes an update callable: in place on the lab backend, by assignment of the reference's results on every other.
 * @throws Error when the name is taken.
 */
export function defineUpdate<const Read extends string, const State extends string, Attrs extends object>(
  kernel: UpdateKernel<Read, State, Attrs>,
): Update<Read, State, Attrs> {
  const names = [...kernel.reads, ...kernel.states];
  const update: Update<Read, State, Attrs> = (reads, states, attrs) => {
    const tensors: Record<Read | State, tf.Tensor> = { ...reads, ...states };
    kernel.check(shapesOf(names, tensors), attrs);
    if (tf.getBackend() === LAB) {
      launch(kernel, asLab(tf.backend()), kernel.reads, kernel.states, tensors, attrs);
      return;
    }
    tf.tidy(() => {
      const results = kernel.reference(tensors, attrs);
      for (const name of kernel.states) states[name].assign(results[name]);
    });
  };
  if (defined.has(kernel.name)) throw new Error(`two updates are named ${kernel.name}`);
  defined.set(kernel.name, {
    kernel: kernel,
    update: update as unknown as Update<string, string, object>,
  });
  noteNativeKernel(kernel.name);
  return update;
}
