import { elementType, type Layout } from './operands';
import { registerTile, type RegisterTile } from './register-tile';
import { sharedTile, type SharedTile } from './shared-tile';

/** Something that runs along C's columns: a bias, a second addend, C itself. */
export interface ColumnBinding {
  name: string;
  access: 'read' | 'read_write';
}

/** What is computed from the product A·B, apart from how the product is cut into tiles. */
export interface ProductSpec {
  /** The formula and the bindings' shapes: the module's head. */
  about: string;
  /** Fields of `Params` after those that every product has. */
  fields?: string;
  /** Bindings after `a` and `b`. */
  columns: readonly ColumnBinding[];
  /** `override` declarations and functions of its own. */
  declarations?: string;
  /**
   * Body of `fn put(z: u32, row: u32, column: u32, sum: vec4<f32>)`, which stores C[z, row, column … column + 3]; `left` is the number
   * of columns from `column` on. It reads with `read_NAME(at, left)` and stores with `write_NAME(at, left, value)`,
   * `at` an element's index.
   */
  put: string;
  /** Each z takes `p.chunk` of the inner index, and puts the sum over B's rows into row m as well. */
  isSplit?: boolean;
}

export type Tile = RegisterTile | SharedTile;

const commonFields = `  m: u32, // rows of C
  n: u32, // columns of C
  k: u32, // inner extent
  batch: u32, // matrices, or parts of the inner index
  batchA: u32, // elements from one matrix of A to the next, 0 where A is shared
  batchB: u32,
  rowA: u32, // elements from A[row, k] to A[row + 1, k]
  stepA: u32, // elements from A[row, k] to A[row, k + 1]
  stepB: u32, // elements from B[k, column] to B[k + 1, column]
  columnB: u32, // elements from B[k, column] to B[k, column + 1]`;

const layoutNote: Record<string, string> = {
  k4: 'in fours along k',
  m4: 'in fours along m, being transposed',
  n4: 'in fours along n',
  any: 'element by element',
};

const comment = (text: string): string => text.replace(/^/gm, '// ');

/** Reading and writing four columns at once, where n allows it in one access. */
function accessors({ name, access }: ColumnBinding, isFours: boolean): string {
  const read = isFours
    ? `fn read_${name}(at: u32, left: u32) -> vec4<f32> { return ${name}[at / 4u]; }`
    : `fn read_${name}(at: u32, left: u32) -> vec4<f32> {
  let last = at + left - 1u;
  return vec4(${name}[at], ${name}[min(at + 1u, last)], ${name}[min(at + 2u, last)], ${name}[min(at + 3u, last)]);
}`;
  if (access === 'read') return read;
  return isFours
    ? `fn write_${name}(at: u32, left: u32, value: vec4<f32>) { ${name}[at / 4u] = value; }`
    : `fn write_${name}(at: u32, left: u32, value: vec4<f32>) {
  ${name}[at] = value.x;
  if (left > 1u) { ${name}[at + 1u] = value.y; }
  if (left > 2u) { ${name}[at + 2u] = value.z; }
  if (left > 3u) { ${name}[at + 3u] = value.w; }
}`;
}

/** A complete module that computes a product in tiles of one kind, from factors that lie in memory in one way. */
export function productModule(spec: ProductSpec, layout: Layout, tile: Tile): string {
  const isFours = layout.b === 'n4';
  const isSplit = spec.isSplit ?? false;
  const { extensions, note, body } =
    tile.kind === 'register' ? registerTile(layout, tile, isSplit) : sharedTile(layout, tile, isSplit);
  const bindings = [
    `var<storage, read> a: ${elementType(layout.a)}`,
    `var<storage, read> b: ${elementType(layout.b)}`,
    ...spec.columns.map(
      ({ name, access }) => `var<storage, ${access}> ${name}: ${isFours ? 'array<vec4<f32>>' : 'array<f32>'}`,
    ),
    'var<uniform> p: Params',
  ].map((declaration, i) => `@group(0) @binding(${i}) ${declaration};`);
  return [
    extensions,
    comment(spec.about),
    comment(`A is read ${layoutNote[layout.a] ?? ''}, B ${layoutNote[layout.b] ?? ''}.`),
    comment(note),
    '',
    `struct Params {\n${commonFields}${spec.fields ? `\n${spec.fields}` : ''}\n}`,
    '',
    ...bindings,
    '',
    ...(spec.declarations ? [spec.declarations, ''] : []),
    ...spec.columns.map((binding) => accessors(binding, isFours)),
    '',
    `fn put(z: u32, row: u32, column: u32, sum: vec4<f32>) {\n  let left = p.n - column;\n${spec.put}\n}`,
    '',
    body,
  ].join('\n');
}
