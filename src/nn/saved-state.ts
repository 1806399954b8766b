import type * as tf from '@tensorflow/tfjs-core';
import { DataError } from '../data/data-source';
import type { NamedArray } from '../data/safetensors';
import { overwrite } from '../engine/overwrite';
import { floatsFor } from './parameters';

/** Something that changes from step to step and can be put back as it was, to the bit. */
export interface SavedState {
  /** As it is now. */
  toArrays(): Promise<ReadonlyMap<string, NamedArray>>;
  /**
   * Puts it back as `toArrays` told it, where it lies: steps captured before go on with it.
   * @throws DataError when the arrays are not such a state's.
   */
  assign(arrays: ReadonlyMap<string, NamedArray>): void;
}

/** Several states as one, each under its name and a slash. */
export function joinStates(parts: Readonly<Record<string, SavedState>>): SavedState {
  return {
    async toArrays() {
      const arrays = new Map<string, NamedArray>();
      for (const [part, state] of Object.entries(parts))
        for (const [name, array] of await state.toArrays()) arrays.set(`${part}/${name}`, array);
      return arrays;
    },
    assign(arrays) {
      for (const [part, state] of Object.entries(parts)) state.assign(arraysUnder(`${part}/`, arrays));
    },
  };
}

/** The arrays whose names begin so, by the rest of their names. */
export const arraysUnder = (
  prefix: string,
  arrays: ReadonlyMap<string, NamedArray>,
): Map<string, NamedArray> =>
  new Map(
    [...arrays].flatMap(([name, array]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), array] as const] : [],
    ),
  );

/** Variables on the device, such as the running statistics of batch norms, by number. */
export function stateOfVariables(variables: readonly tf.Variable[]): SavedState {
  const named = variables.map((variable, i) => [String(i + 1), variable] as const);
  return {
    async toArrays() {
      const arrays = new Map<string, NamedArray>();
      for (const [name, variable] of named)
        arrays.set(name, { shape: variable.shape, values: await variable.data<'float32'>() });
      return arrays;
    },
    assign(arrays) {
      const assigned = named.map(([name, { shape }]) => floatsFor(name, shape, arrays.get(name)));
      for (const [i, [, variable]] of named.entries()) overwrite(variable, assigned[i] ?? new Float32Array());
    },
  };
}

/**
 * Numbers of the processor's, in float64: lists by name. A file has words of 32 bits only, so each number takes two.
 * @param read all lists as they are now
 * @param write takes them back
 */
export function stateOfNumbers<Name extends string>(
  read: () => Readonly<Record<Name, ArrayLike<number>>>,
  write: (numbers: Readonly<Record<Name, Float64Array>>) => void,
): SavedState {
  return {
    toArrays: () =>
      Promise.resolve(
        new Map(
          Object.entries<ArrayLike<number>>(read()).map(([name, numbers]) => {
            const values = new Int32Array(Float64Array.from(numbers).buffer);
            return [name, { shape: [values.length], values }];
          }),
        ),
      ),
    assign(arrays) {
      const names = Object.keys(read()) as Name[];
      const numbers = names.map((name) => {
        const values = arrays.get(name)?.values;
        if (!(values instanceof Int32Array) || values.length % 2 !== 0)
          throw new DataError(`The stored training has no numbers "${name}"`);
        return [name, new Float64Array(values.slice().buffer)] as const;
      });
      write(Object.fromEntries(numbers) as Record<Name, Float64Array>);
    },
  };
}
