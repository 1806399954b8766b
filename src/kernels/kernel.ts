import type * as tf from '@tensorflow/tfjs-core';

export type Shape = readonly number[];
export type Workgroups = readonly [number, number, number];

/** A field of the uniform `Params`, in WGSL's type. */
export type Param = readonly ['u32' | 'f32', number];
export const u32 = (value: number): Param => ['u32', value];
export const f32 = (value: number): Param => ['f32', value];

/** One WGSL module that computes the kernel, for all sizes or for some. */
export interface Variant<Name extends string, Attrs extends object> {
  /** Unique within the kernel. */
  name: string;
  /** A complete module: entry point `main`, inputs, outputs and `Params` in group 0 in the declared order. */
  wgsl: string;
  /** A feature the device must have; the module then starts with `enable subgroups;`. Without it the variant never fits. */
  needs?: 'subgroups';
  /** Whether it can compute these sizes; absent: all. */
  fits?(shapes: Record<Name, Shape>, attrs: Attrs): boolean;
  /** Values of its `override` constants. */
  constants?(attrs: Attrs): Record<string, number>;
  workgroups(shapes: Record<Name, Shape>, attrs: Attrs): Workgroups;
}

/** What all kernels declare, whether they make new tensors or update old ones. */
export interface Computation<Name extends string, Attrs extends object> {
  /** tfjs's dispatch name, the label in GPU tools, the name in errors and records. */
  name: string;
  /**
   * The first that fits is the default, and it needs no workgroup barrier: software adapters are extremely slow at them.
   * One of the barrier-free variants fits every size. On graphics hardware the fitting ones are timed and the fastest runs.
   */
  variants: readonly Variant<Name, Attrs>[];
  /** Tensors of whole numbers; every other one is float32. */
  integers?: readonly Name[];
  /** The uniform `Params`, in the order and with the names of the WGSL struct. */
  params(shapes: Record<Name, Shape>, attrs: Attrs): Record<string, Param>;
  /** Most that a result may be off, relative to 1 + |expected|. */
  tolerance: { value: number; grad: number };
}

/** Sizes the parity test runs. Across the cases: a one, an odd size, one past the tile. */
export interface Case<Name extends string, Attrs extends object> {
  shapes: Record<Name, Shape>;
  attrs: Attrs;
  /** Integer tensors are drawn from [0, below). */
  below?: number;
}

/** How the gradient is computed, in tfjs's own form. */
export interface KernelGradient<In extends string, Out extends string, Attrs extends object> {
  /** Kept from the forward pass. */
  saves: readonly (In | Out)[];
  /** Outputs that only serve the gradient: nothing flows back from them. */
  auxiliary?: readonly Out[];
  /** Thunks, so that gradients nobody asks for are not computed. */
  backward(
    dys: Record<Out, tf.Tensor>,
    saved: Record<In | Out, tf.Tensor>,
    attrs: Attrs,
  ): Partial<Record<In, () => tf.Tensor>>;
}

/** An operation in WGSL that carries its own oracle: without a reference, cases and a tolerance it is none. */
export interface Kernel<In extends string, Out extends string, Attrs extends object> extends Computation<
  In | Out,
  Attrs
> {
  inputs: readonly In[];
  outputs: readonly Out[];
  /**
   * Shapes of the outputs.
   * @throws ShapeError when the inputs do not go together.
   */
  shape(shapes: Record<In, Shape>, attrs: Attrs): Record<Out, Shape>;
  gradient?: KernelGradient<In, Out, Attrs>;
  /** The same mathematics in plain tfjs: oracle in tests, and what runs on every other backend. */
  reference(inputs: Record<In, tf.Tensor>, attrs: Attrs): Record<Out, tf.Tensor>;
  cases: readonly Case<In, Attrs>[];
}

export const sizeOf = (shape: Shape): number => shape.reduce((product, extent) => product * extent, 1);

/**
 * Workgroups for `threads` invocations in groups of `groupSize`. Past the limit of one dimension they go on in y; WGSL
 * gets its index as `id.x + id.y * groups.x * groupSize`.
 */
export function flatWorkgroups(threads: number, groupSize: number): Workgroups {
  const groups = Math.max(1, Math.ceil(threads / groupSize));
  const columns = Math.min(groups, 65_535);
  return [columns, Math.ceil(groups / columns), 1];
}
