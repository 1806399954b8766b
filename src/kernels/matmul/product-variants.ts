import { flatWorkgroups, u32, type Param, type Shape, type Variant, type Workgroups } from '../kernel';
import type { Layout } from './operands';
import { productModule, type ProductSpec, type Tile } from './product-module';
import { registerGroup } from './register-tile';

/** Extents of C = A·B over `batch` matrices: A `[m, k]`, B `[k, n]`, each possibly transposed. */
export interface Extents {
  m: number;
  n: number;
  k: number;
  batch: number;
  transposeA: boolean;
  transposeB: boolean;
}

const byFour = (...sizes: number[]) => sizes.every((size) => size % 4 === 0);

/** The ways of reading that are worth modules of their own; the last one reads anything. */
const layouts = {
  nn: { a: 'k4', b: 'n4' },
  tn: { a: 'm4', b: 'n4' },
  nt: { a: 'k4', b: 'k4' },
  b4: { a: 'any', b: 'n4' },
  any: { a: 'any', b: 'any' },
} satisfies Record<string, Layout>;

export type LayoutName = keyof typeof layouts;

/** The first that can read factors of these extents. */
function layoutFor(
  names: readonly LayoutName[],
  { m, n, k, transposeA, transposeB }: Extents,
): LayoutName | undefined {
  const canRead: Record<LayoutName, boolean> = {
    nn: !transposeA && !transposeB && byFour(k, n),
    tn: transposeA && !transposeB && byFour(m, n),
    nt: !transposeA && transposeB && byFour(k),
    b4: !transposeB && byFour(n),
    any: true,
  };
  return names.find((name) => canRead[name]);
}

/** In order of preference; a software adapter takes the first. */
const tiles = {
  subgroup: { kind: 'register', lanes: 4, rows: 16, columns: 4 },
  portable: { kind: 'register', lanes: 1, rows: 8, columns: 8 },
  tiled: { kind: 'shared', side: 64 },
  'tiled-32': { kind: 'shared', side: 32 },
} satisfies Record<string, Tile>;

function workgroupsOf(tile: Tile, { m, n, batch }: Extents): Workgroups {
  if (tile.kind === 'shared')
    return flatWorkgroups(batch * Math.ceil(m / tile.side) * Math.ceil(n / tile.side), 1);
  const { lanes, rows, columns } = tile;
  const count = batch * Math.ceil(m / rows) * Math.ceil(n / (lanes * columns));
  return flatWorkgroups(lanes * count, registerGroup);
}

/** Every tile in every layout of a list that ends with `any`: exactly one layout fits given extents. */
export function productVariants<Name extends string, Attrs extends object>(
  spec: ProductSpec,
  names: readonly LayoutName[],
  extentsOf: (shapes: Record<Name, Shape>, attrs: Attrs) => Extents,
  constants?: (attrs: Attrs) => Record<string, number>,
): Variant<Name, Attrs>[] {
  return Object.entries<Tile>(tiles).flatMap(([tileName, tile]) =>
    names.map((name) => ({
      name: `${tileName}-${name}`,
      wgsl: productModule(spec, layouts[name], tile),
      ...(tile.kind === 'register' && tile.lanes === 4 ? { needs: 'subgroups' as const } : {}),
      ...(constants && { constants }),
      fits: (shapes: Record<Name, Shape>, attrs: Attrs) =>
        layoutFor(names, extentsOf(shapes, attrs)) === name,
      workgroups: (shapes: Record<Name, Shape>, attrs: Attrs) => workgroupsOf(tile, extentsOf(shapes, attrs)),
    })),
  );
}

/** The fields of `Params` that every product has; a side of which there is one matrix is shared by all z. */
export function productParams(
  { m, n, k, batch, transposeA, transposeB }: Extents,
  shared: { a: boolean; b: boolean },
): Record<string, Param> {
  return {
    m: u32(m),
    n: u32(n),
    k: u32(k),
    batch: u32(batch),
    batchA: u32(shared.a ? 0 : m * k),
    batchB: u32(shared.b ? 0 : k * n),
    rowA: u32(transposeA ? 1 : k),
    stepA: u32(transposeA ? m : 1),
    stepB: u32(transposeB ? 1 : n),
    columnB: u32(transposeB ? k : 1),
  };
}
