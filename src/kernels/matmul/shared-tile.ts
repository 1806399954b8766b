import { blockOfA, blockOfB, component, indent, range, steps, type Layout } from './operands';

/** A square tile of C per workgroup, the factors staged in its shared memory; 4×4 of it in each invocation's registers. */
export interface SharedTile {
  kind: 'shared';
  /** Rows and columns of the tile. */
  side: 32 | 64;
}

/** Inner extent that is staged at once. */
const depth = 32;

/** Parts of a module that computes the product from tiles in shared memory; `isSplit` as in `ProductSpec`. */
export function sharedTile(
  layout: Layout,
  { side }: SharedTile,
  isSplit: boolean,
): { extensions: string; note: string; body: string } {
  const group = side / 4; // invocations along one side of the workgroup, and fours along one side of the tile
  const deep = depth / 4;
  const threads = group * group;
  // Each invocation brings 4×4 blocks: one half of them A's, the other half B's, or, in a small group, all of them both.
  const blocks = group * deep;
  const isHalved = threads >= 2 * blocks;
  const place = (name: string, u: number, value: string) =>
    `${name}[(inner + ${u}u) * ${group}u + outer] = ${value};`;
  // Neighbours bring neighbouring memory: along k, or across it.
  const positionOf = (isAlongK: boolean) =>
    isAlongK
      ? [`let outer = block / ${deep}u;`, `let inner = block % ${deep}u * 4u;`]
      : [`let outer = block % ${group}u;`, `let inner = block / ${group}u * 4u;`];

  const { a, b } = layout;
  const bringA =
    a === 'm4'
      ? range(4).map((u) => place('tileA', u, blockOfA.readColumn('fromA', u)))
      : [
          ...range(4).map((i) => `let a${i} = ${blockOfA.readRow(a, `fromA${i}`)};`),
          ...range(4).map((u) => {
            const acrossRows = range(4).map((i) => `a${i}.${component(u)}`);
            return place('tileA', u, `vec4(${acrossRows.join(', ')})`);
          }),
        ];
  const bringB = [
    ...blockOfB.read(layout, 'fromB', 'at', 'b'),
    ...range(4).map((u) => place('tileB', u, `b${u}`)),
  ];
  const stageA = [
    ...positionOf(a !== 'm4'),
    'let at = start + inner;',
    ...clampedSteps(layout),
    ...blockOfA.prepare(a, 'fromA', 'row + outer * 4u'),
    ...bringA,
  ];
  const stageB = [
    ...positionOf(b === 'k4'),
    'let at = start + inner;',
    ...clampedSteps(layout),
    ...blockOfB.prepare(b, 'fromB', 'column + outer * 4u'),
    ...bringB,
  ];
  const multiply = [
    `let x = tileA[k * ${group}u + thread / ${group}u];`,
    `let y = tileB[k * ${group}u + thread % ${group}u];`,
    ...range(4).map((i) => `c${i} = fma(vec4(x.${component(i)}), y, c${i});`),
    ...(isSplit ? ['if (row == 0u) { total += y; }'] : []),
  ];
  const store = [
    ...range(4).map((i) => `if (top + ${i}u < p.m) { put(z, top + ${i}u, left, c${i}); }`),
    ...(isSplit ? ['if (top == 0u) { put(z, p.m, left, total); }'] : []),
  ];

  return {
    extensions: '',
    note: `Each workgroup computes ${side}×${side} of C: it brings ${depth} of the inner index at a time into shared memory, with fours of rows (A)
and of columns (B) together, and each of its invocations keeps 4×4 of C in registers.`,
    body: `var<workgroup> tileA: array<vec4<f32>, ${depth * group}>;
var<workgroup> tileB: array<vec4<f32>, ${depth * group}>;

@compute @workgroup_size(${threads})
fn main(
  @builtin(local_invocation_index) thread: u32,
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
) {
  let tile = id.x + id.y * groups.x;
  let across = (p.n + ${side - 1}u) / ${side}u;
  let down = (p.m + ${side - 1}u) / ${side}u;
  let z = tile / (across * down);
  if (z >= p.batch) { return; } // the whole workgroup together
  let row = (tile / across) % down * ${side}u;
  let column = tile % across * ${side}u;
  let block = thread % ${blocks}u;
  let first = ${isSplit ? 'z * p.chunk' : '0u'};
  let end = ${isSplit ? 'min(first + p.chunk, p.k)' : 'p.k'};
${indent([...range(4).map((i) => `var c${i} = vec4<f32>();`), ...(isSplit ? ['var total = vec4<f32>();'] : [])], '  ')}
  for (var start = first; start < end; start += ${depth}u) {
    ${isHalved ? `if (thread < ${blocks}u) ` : ''}{
${indent(stageA, '      ')}
    }
    ${isHalved ? `if (thread >= ${blocks}u) ` : ''}{
${indent(stageB, '      ')}
    }
    workgroupBarrier();
    for (var k = 0u; k < min(${depth}u, end - start); k++) {
${indent(multiply, '      ')}
    }
    workgroupBarrier();
  }
  let top = row + thread / ${group}u * 4u;
  let left = column + thread % ${group}u * 4u;
  if (left >= p.n) { return; }
${indent(store, '  ')}
}
`,
  };
}

/** Steps that stay inside the matrices even where the last stage is not full. */
const clampedSteps = (layout: Layout): string[] =>
  layout.a === 'k4' || layout.b === 'k4'
    ? range(4).map((u) => `let q${u} = min(at, p.k - 4u) + ${u}u;`)
    : steps(layout, 'at');
