import * as tf from '@tensorflow/tfjs-core';
import { DataError } from '../data/data-source';
import type { NamedArray } from '../data/safetensors';
import { overwrite } from '../engine/overwrite';
import type { Rng } from '../math/rng';
import { digestBytes, digestOf } from '../spec/digest';

/** Fills a new parameter's values, row-major. */
export type Initializer = (values: Float32Array, shape: readonly number[], rng: Rng) => void;

export const zeros: Initializer = () => undefined;
export const ones: Initializer = (values) => void values.fill(1);

/** Normal numbers of mean 0, redrawn beyond two standard deviations (as vision transformers initialise embeddings). */
export const truncatedNormal =
  (standardDeviation: number): Initializer =>
  (values, _shape, rng) => {
    for (let i = 0; i < values.length; i++) {
      let draw = rng.normal();
      while (Math.abs(draw) > 2) draw = rng.normal();
      values[i] = draw * standardDeviation;
    }
  };

/** Glorot and Bengio's uniform initialisation: U(−a, a), a = √(6 / (fan in + fan out)), for `[in, out]` matrices. */
export const glorotUniform: Initializer = (values, shape, rng) => {
  const limit = Math.sqrt(6 / ((shape[0] ?? 1) + (shape[1] ?? 1)));
  for (let i = 0; i < values.length; i++) values[i] = (2 * rng.uniform() - 1) * limit;
};

const digestFloats = ({ buffer, byteOffset, byteLength }: Float32Array): string =>
  digestBytes(new Uint8Array(buffer, byteOffset, byteLength));

/**
 * The values that a file has for a tensor of this shape.
 * @throws DataError when it has none, or of another shape or kind.
 */
export function floatsFor(
  name: string,
  shape: readonly number[],
  array: NamedArray | undefined,
): Float32Array<ArrayBuffer> {
  if (!array) throw new DataError(`The stored model has no "${name}"`);
  if (array.shape.join() !== shape.join() || !(array.values instanceof Float32Array))
    throw new DataError(
      `The stored "${name}" is [${array.shape.join(', ')}] and not [${shape.join(', ')}] numbers: another model`,
    );
  return array.values.slice();
}

/**
 * The trainable tensors of a model by name. Each starts from values that depend on the seed and its own name alone,
 * so that models of one seed share the initial values of the parameters they share.
 */
export class Parameters {
  private readonly variables = new Map<string, tf.Variable>();
  private readonly digests: Record<string, string> = {};

  constructor(private readonly rng: Rng) {}

  /**
   * Creates a parameter.
   * @throws Error when the name is taken.
   */
  create(name: string, shape: readonly number[], initialize: Initializer): tf.Variable {
    if (this.variables.has(name)) throw new Error(`Two parameters are named "${name}"`);
    const values = new Float32Array(shape.reduce((product, extent) => product * extent, 1));
    initialize(values, shape, this.rng.fork(name));
    this.digests[name] = digestFloats(values);
    const initial = tf.tensor(values, [...shape], 'float32');
    const variable = tf.variable(initial);
    initial.dispose();
    this.variables.set(name, variable);
    return variable;
  }

  entries(): IterableIterator<[string, tf.Variable]> {
    return this.variables.entries();
  }

  /** All of them, as `tf.variableGrads` takes them. */
  list(): tf.Variable[] {
    return [...this.variables.values()];
  }

  /**
   * Gradients as `tf.variableGrads` gives them, by our names instead of tfjs's own.
   * @throws Error for a parameter without a gradient.
   */
  byName(gradients: tf.NamedTensorMap): Map<string, tf.Tensor> {
    return new Map(
      [...this.variables].map(([name, variable]) => {
        const gradient = gradients[variable.name];
        if (!gradient) throw new Error(`The loss does not depend on the parameter "${name}"`);
        return [name, gradient];
      }),
    );
  }

  /** Numbers trained, over all parameters. */
  get count(): number {
    return [...this.variables.values()].reduce((sum, variable) => sum + variable.size, 0);
  }

  /** The values as they are now, by name. */
  async toArrays(): Promise<Map<string, NamedArray>> {
    const entries = [...this.variables].map(
      async ([name, variable]) =>
        [name, { shape: variable.shape, values: await variable.data<'float32'>() }] as const,
    );
    return new Map(await Promise.all(entries));
  }

  /**
   * Gives the parameters these values as their initial ones, where they lie: steps captured before see them too. Arrays
   * that no parameter is named after are left aside, so a model takes its first blocks from a deeper one.
   * @param options.except parameters that stay as they are, for example a fresh head
   * @returns the names of those that were given values
   * @throws DataError, having changed nothing, when a parameter's array is missing or has another shape.
   */
  assign(
    arrays: ReadonlyMap<string, NamedArray>,
    { except = () => false }: { except?: (name: string) => boolean } = {},
  ): string[] {
    const taken = this.overwriteWith(arrays, except);
    for (const [name, values] of taken) this.digests[name] = digestFloats(values);
    return [...taken.keys()];
  }

  /**
   * Gives all parameters the values that they had in the middle of a training: what they began with stays as it is known.
   * @throws DataError, having changed nothing, when a parameter's array is missing or has another shape.
   */
  restore(arrays: ReadonlyMap<string, NamedArray>): void {
    this.overwriteWith(arrays, () => false);
  }

  private overwriteWith(
    arrays: ReadonlyMap<string, NamedArray>,
    except: (name: string) => boolean,
  ): Map<string, Float32Array<ArrayBuffer>> {
    const taken = [...this.variables].filter(([name]) => !except(name));
    const assigned = new Map(
      taken.map(([name, { shape }]) => [name, floatsFor(name, shape, arrays.get(name))]),
    );
    for (const [name, variable] of taken) overwrite(variable, assigned.get(name) ?? new Float32Array());
    return assigned;
  }

  /** SHA-256 over the names and initial values. */
  get initDigest(): string {
    return digestOf(this.digests);
  }

  dispose(): void {
    for (const variable of this.variables.values()) variable.dispose();
    this.variables.clear();
  }
}
