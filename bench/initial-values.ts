import type { Parameters } from '../src/nn/parameters';

/** Values of one parameter, row-major. */
export interface InitialValue {
  shape: readonly number[];
  values: Float32Array;
}

/** What every engine starts from: our parameters' initial values, by name. */
export type InitialValues = ReadonlyMap<string, InitialValue>;

/** Copies parameters off the device. */
export async function initialValuesOf(parameters: Parameters): Promise<InitialValues> {
  const entries = [...parameters.entries()].map(async ([name, variable]) => {
    const values = await variable.data<'float32'>();
    return [name, { shape: variable.shape, values: values.slice() }] as const;
  });
  return new Map(await Promise.all(entries));
}

/** @throws Error for a parameter that there is not. */
export function valueOf(initial: InitialValues, name: string): InitialValue {
  const value = initial.get(name);
  if (!value) throw new Error(`No parameter is named "${name}"; there are ${[...initial.keys()].join(', ')}`);
  return value;
}
