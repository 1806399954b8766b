import * as tf from '@tensorflow/tfjs-core';
import type { Candidate, Contest } from '../engine/contest';
import type { LabBackend } from '../engine/lab-backend';
import type { ProgramSource } from '../engine/programs';
import { sizeOf, type Computation, type Kernel, type Param, type Shape, type Variant } from './kernel';
import { ShapeError } from './shape-error';

type Infos<Name extends string> = Record<Name, tf.TensorInfo>;

/**
 * Runs a kernel's WGSL on the lab backend and gives its outputs as new tensors.
 * @throws ShapeError for inputs that do not go together or have no elements.
 */
export function runNative<In extends string, Out extends string, Attrs extends object>(
  kernel: Kernel<In, Out, Attrs>,
  backend: LabBackend,
  inputs: Infos<In>,
  attrs: Attrs,
): Infos<Out> {
  const shapes = kernel.shape(shapesOf(kernel.inputs, inputs), attrs);
  const outputs = recordOf(kernel.outputs, (name) =>
    backend.makeTensorInfo([...shapes[name]], kernel.integers?.includes(name) ? 'int32' : 'float32'),
  );
  if (kernel.outputs.every((name) => sizeOf(shapes[name]) === 0)) {
    for (const name of kernel.outputs) {
      const { dataId, dtype } = outputs[name];
      backend.tensorMap.get(dataId).values = tf.util.getTypedArrayFromDType(dtype as 'float32' | 'int32', 0);
    }
    return outputs;
  }
  launch(kernel, backend, kernel.inputs, kernel.outputs, { ...inputs, ...outputs }, attrs);
  return outputs;
}

/**
 * Launches a kernel on the variant that is settled for the step under way, else on the default: `reads` are bound
 * read-only, `writes` for reading and writing.
 */
export function launch<Name extends string, Attrs extends object>(
  kernel: Computation<Name, Attrs>,
  backend: LabBackend,
  reads: readonly Name[],
  writes: readonly Name[],
  tensors: Infos<Name>,
  attrs: Attrs,
): void {
  const names = [...reads, ...writes];
  for (const name of names) checkTensor(kernel, name, tensors[name]);
  const shapes = shapesOf(names, tensors);
  const fields = kernel.params(shapes, attrs);
  const params = packParams(fields);
  const candidateOf = (variant: Variant<Name, Attrs>): Candidate => {
    const constants = variant.constants?.(attrs);
    const source: ProgramSource = {
      name: kernel.variants.length === 1 ? kernel.name : `${kernel.name}/${variant.name}`,
      wgsl: variant.wgsl,
      inputs: reads.length,
      outputs: writes.length,
      ...(constants && { constants }),
    };
    checkParams(source, fields);
    return { variant: variant.name, source, workgroups: variant.workgroups(shapes, attrs) };
  };

  const [preferred, ...others] = fittingVariants(kernel, shapes, attrs, backend.device.features);
  if (!preferred) throw new Error(`kernel ${kernel.name} has no variant for ${JSON.stringify(shapes)}`);
  const contestOf = (key: string): Contest => ({
    ...{ key, kernel: kernel.name, shapes: shapesText(reads, shapes), params },
    operands: names.map((name) => ({
      size: 4 * sizeOf(shapes[name]),
      isInteger: kernel.integers?.includes(name) ?? false,
    })),
    candidates: [candidateOf(preferred), ...others.map(candidateOf)],
  });
  const bufferOf = (operand: number) => {
    const name = names[operand];
    if (name === undefined) throw new RangeError(`${kernel.name} has no operand ${operand}`);
    return backend.bufferOf(tensors[name]);
  };
  let wanted = backend.forcedVariant ?? undefined;
  if (others.length > 0 && backend.guide && wanted === undefined) {
    const key = `${kernel.name} ${JSON.stringify([shapes, attrs])}`;
    wanted = backend.guide.variantFor(key, () => contestOf(key), bufferOf);
  }
  const { source, workgroups } = candidateOf(others.find(({ name }) => name === wanted) ?? preferred);
  backend.launched.add(kernel.name);
  backend.launch({
    ...{ source, params, workgroups },
    inputs: reads.map((name) => tensors[name]),
    outputs: writes.map((name) => tensors[name]),
  });
}

/** Shapes of what a launch reads, for people. */
const shapesText = <Name extends string>(reads: readonly Name[], shapes: Record<Name, Shape>): string =>
  reads.map((name) => `[${shapes[name].join(', ')}]`).join('·');

/** The variants that can compute these sizes on a device with these features, the default one first. */
export function fittingVariants<Name extends string, Attrs extends object>(
  kernel: Computation<Name, Attrs>,
  shapes: Record<Name, Shape>,
  attrs: Attrs,
  features: ReadonlySet<string>,
): Variant<Name, Attrs>[] {
  return kernel.variants.filter((variant) => {
    const isPossible = variant.needs === undefined || features.has(variant.needs);
    return isPossible && (variant.fits?.(shapes, attrs) ?? true);
  });
}

export function recordOf<Name extends string, Value>(
  names: readonly Name[],
  valueOf: (name: Name, index: number) => Value,
): Record<Name, Value> {
  return Object.fromEntries(names.map((name, index) => [name, valueOf(name, index)])) as Record<Name, Value>;
}

export function shapesOf<Name extends string>(
  names: readonly Name[],
  tensors: Infos<Name>,
): Record<Name, Shape> {
  return recordOf(names, (name) => tensors[name].shape);
}

function checkTensor<Name extends string>(
  { name: kernel, integers }: { name: string; integers?: readonly Name[] },
  name: Name,
  { shape, dtype }: tf.TensorInfo,
): void {
  const isInteger = dtype === 'int32' || dtype === 'bool';
  if (isInteger !== (integers?.includes(name) ?? false) || (!isInteger && dtype !== 'float32')) {
    throw new TypeError(`${kernel}: ${name} must be ${isInteger ? 'float32' : 'int32'}, got ${dtype}`);
  }
  if (sizeOf(shape) === 0) throw new ShapeError(`${kernel}: ${name} has no elements: [${shape.join(', ')}]`);
}

function packParams(params: Record<string, Param>): Uint32Array<ArrayBuffer> {
  const fields = Object.values(params);
  const words = new Uint32Array(fields.length);
  const floats = new Float32Array(words.buffer);
  fields.forEach(([type, value], i) => {
    if (type === 'u32') words[i] = value;
    else floats[i] = value;
  });
  return words;
}

const checkedSources = new Set<string>();

/** Fields are packed by position: a struct in another order would compute nonsense without an error. Once per module. */
function checkParams({ name, wgsl }: ProgramSource, params: Record<string, Param>): void {
  if (checkedSources.has(name)) return;
  const body = /struct\s+Params\s*\{([^}]*)\}/.exec(wgsl)?.[1] ?? '';
  const declared = [...body.replace(/\/\/.*$/gm, '').matchAll(/(\w+)\s*:\s*(\w+)/g)].map(
    ([, field, type]) => `${String(field)}: ${String(type)}`,
  );
  const given = Object.entries(params).map(([field, [type]]) => `${field}: ${type}`);
  if (declared.join(', ') !== given.join(', ')) {
    throw new Error(
      `kernel ${name}: Params is {${declared.join(', ')}} in WGSL, {${given.join(', ')}} in TypeScript`,
    );
  }
  checkedSources.add(name);
}
