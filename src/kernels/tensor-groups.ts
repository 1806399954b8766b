import type * as tf from '@tensorflow/tfjs-core';
import type { LabBackend } from '../engine/lab-backend';
import { flatWorkgroups, sizeOf, u32, type Param } from './kernel';
import { launch, recordOf } from './run-native';

/** A kernel that does the same to many tensors, several of them in one launch. */
export interface GroupKernel {
  /** The label in GPU tools, followed by the number of tensors. */
  name: string;
  /** The module for any number of tensors, see `moduleFor`. */
  template: string;
  /** Blocks of 64 that the work on a tensor of `size` elements is divided into. */
  blocks(size: number): number;
  /** How many blocks a workgroup does one after the other: the module's constant `blocks`. It changes no result. */
  variants: readonly { name: string; blocks: number }[];
}

/** What one call binds. Each launch binds all that is shared and some of the tensors. */
export interface GroupBindings {
  /** Bound read-only. */
  reads: Record<string, tf.TensorInfo>;
  /** Bound for reading and writing. */
  writes: Record<string, tf.TensorInfo>;
  /** Bound a few at a time, after what is shared. */
  tensors: readonly tf.TensorInfo[];
  /** Whether the tensors are read only or written too. */
  access: 'read' | 'write';
}

/** Keeps modules short where an adapter binds very many buffers. */
const MOST_TENSORS = 16;

/**
 * Writes out the module for `count` tensors. What stands between the lines `// for each tensor #` and `// end` is
 * repeated with 0, 1, 2, … in the place of #, and `@binding(_)` is numbered in order of appearance.
 */
export function moduleFor(template: string, count: number): string {
  let binding = 0;
  return template
    .replace(/^ *\/\/ for each tensor #\n([^]*?)^ *\/\/ end\n/gm, (_, block: string) =>
      Array.from({ length: count }, (_, i) => block.replaceAll('#', String(i))).join(''),
    )
    .replace(/@binding\(_\)/g, () => `@binding(${binding++})`);
}

/** How many tensors go into one launch when `shared` bindings are taken and a shader may bind `limit` buffers. */
export const tensorsPerLaunch = (limit: number, shared: number): number =>
  Math.max(1, Math.min(MOST_TENSORS, limit - shared));

/**
 * Runs the kernel over all tensors in as few launches as the device's bindings allow; how many that are changes no result.
 * `Params` starts with the fields of `params`; then come, for each tensor, `first` and `last` (its blocks are those from
 * the first up to before the last), `size`, and the fields of `each`.
 * @param perLaunch tensors in one launch; by default as many as fit
 */
export function launchGroups(
  backend: LabBackend,
  kernel: GroupKernel,
  { reads, writes, tensors, access }: GroupBindings,
  params: Record<string, Param>,
  each: (index: number) => Record<string, Param>,
  perLaunch = tensorsPerLaunch(
    backend.device.limits.maxStorageBuffersPerShaderStage,
    Object.keys(reads).length + Object.keys(writes).length,
  ),
): void {
  for (let from = 0; from < tensors.length; from += perLaunch) {
    const group = tensors.slice(from, from + perLaunch);
    const names = group.map((_, i) => `tensor${i}`);
    const fields = { ...params };
    let blocks = 0;
    for (const [i, tensor] of group.entries()) {
      const size = sizeOf(tensor.shape);
      const first = blocks;
      blocks += kernel.blocks(size);
      const own = { first: u32(first), last: u32(blocks), size: u32(size), ...each(from + i) };
      for (const [name, value] of Object.entries(own)) fields[`${name}${i}`] = value;
    }
    const wgsl = moduleFor(kernel.template, group.length);
    launch<string, object>(
      {
        name: `${kernel.name}×${group.length}`,
        variants: kernel.variants.map((variant) => ({
          name: variant.name,
          wgsl,
          constants: () => ({ blocks: variant.blocks }),
          workgroups: () => flatWorkgroups(Math.ceil(blocks / variant.blocks), 1),
        })),
        params: () => fields,
        tolerance: { value: 0, grad: 0 },
      },
      backend,
      [...Object.keys(reads), ...(access === 'read' ? names : [])],
      [...Object.keys(writes), ...(access === 'write' ? names : [])],
      { ...reads, ...writes, ...recordOf(names, (_, i) => group[i] as tf.TensorInfo) },
      {},
    );
  }
}
