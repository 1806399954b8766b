import { blockOfA, blockOfB, component, indent, range, steps, type Layout, type LayoutA } from './operands';

/**
 * A tile of C in the registers of one invocation, or of a quad (four neighbours in a subgroup), without barriers. In a
 * quad all four work on the same rows, each on columns of its own: each loads a quarter of A's rows and hands it to the
 * others. Adapters that emulate loads per invocation spend most of their time in them, so that pays there too.
 */
export interface RegisterTile {
  kind: 'register';
  lanes: 1 | 4;
  /** Rows of the tile, a multiple of 4 × lanes. */
  rows: number;
  /** Columns of one invocation, a multiple of 4. */
  columns: number;
}

/** Invocations in a workgroup. */
export const registerGroup = 32;

/** Parts of a module that computes the product tile by tile in registers; `isSplit` as in `ProductSpec`. */
export function registerTile(
  layout: Layout,
  { lanes, rows, columns }: RegisterTile,
  isSplit: boolean,
): { extensions: string; note: string; body: string } {
  const width = lanes * columns;
  const isQuad = lanes === 4;
  const rowsOfC = range(rows);
  // Neighbours take neighbouring fours of columns.
  const groups = range(columns / 4).map((g) => ({ g, column: `column + ${g * width4(lanes)}u` }));
  const a = fragmentsOfA(layout.a, lanes, rows);
  const lines = {
    prepare: [
      isSplit ? 'let first = z * p.chunk;' : 'let first = 0u;',
      isSplit ? 'let count = p.chunk;' : 'let count = p.k;',
      ...a.prepare,
      ...groups.flatMap(({ g, column }) => blockOfB.prepare(layout.b, `fromB${g}_`, column)),
      ...rowsOfC.flatMap((r) => groups.map(({ g }) => `var c${r}_${g} = vec4<f32>();`)),
      ...(isSplit ? groups.map(({ g }) => `var total${g} = vec4<f32>();`) : []),
    ],
    loop: [
      ...steps(layout, 'at'),
      ...groups.flatMap(({ g }) => blockOfB.read(layout, `fromB${g}_`, 'at', `b${g}_`)),
      ...a.load,
      ...a.share,
      // One accumulator at a time: what lies between its four products stays in a register.
      ...rowsOfC.flatMap((r) =>
        groups.map(({ g }) => {
          const add = (sum: string, u: number) => `fma(b${g}_${u}, vec4(x${r}.${component(u)}), ${sum})`;
          return `c${r}_${g} = ${range(4).reduce(add, `c${r}_${g}`)};`;
        }),
      ),
      ...(isSplit ? groups.map(({ g }) => `total${g} += b${g}_0 + b${g}_1 + b${g}_2 + b${g}_3;`) : []),
    ],
    store: groups.flatMap(({ g, column }) => [
      `if (isTile && ${column} < p.n) {`,
      ...rowsOfC.map((r) => `  if (row + ${r}u < p.m) { put(z, row + ${r}u, ${column}, c${r}_${g}); }`),
      ...(isSplit ? [`  if (row == 0u) { put(z, p.m, ${column}, total${g}); }`] : []),
      '}',
    ]),
  };

  return {
    extensions: isQuad ? 'enable subgroups;\n' : '',
    note: isQuad
      ? `Four neighbouring invocations, a quad of their subgroup whatever its size, compute ${rows} rows × ${width} columns of C in registers.
Each loads a quarter of A's rows and hands them to the others, so there is no barrier and no invocation may leave early.`
      : `Each invocation keeps ${rows} rows × ${columns} columns of C in registers, and no barrier is needed: processors that play the
graphics card are very slow at barriers.`,
    body: `@compute @workgroup_size(${registerGroup})
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  // Tiles are numbered through, along the columns first: none of the invocations idles where C is narrow.
  let thread = id.x + id.y * groups.x * ${registerGroup}u;
  let lane = thread % ${lanes}u;
  let tile = thread / ${lanes}u;
  let across = (p.n + ${width - 1}u) / ${width}u;
  let down = (p.m + ${rows - 1}u) / ${rows}u;
  let isTile = tile < across * down * p.batch;
  let z = min(tile / (across * down), p.batch - 1u);
  let row = (tile / across) % down * ${rows}u;
  let column = tile % across * ${width}u + lane * 4u;
${indent(lines.prepare, '  ')}
  for (var k = 0u; k < count; k += 4u) {
    let at = first + k;
${indent(lines.loop, '    ')}
  }
${indent(lines.store, '  ')}
}
`,
  };
}

/** Columns, or rows, that the lanes cover with four each. */
const width4 = (lanes: number): number => 4 * lanes;

/**
 * Lines that make A[row + r, at … at + 3] known as `x` + r for every row r of the tile. An invocation loads each
 * `lanes`-th row in fours along k; of a transposed A, each `lanes`-th four of rows, once for each k.
 */
function fragmentsOfA(layout: LayoutA, lanes: number, rows: number) {
  const ofLane = (value: string, lane: number) => (lanes === 1 ? value : `quadBroadcast(${value}, ${lane}u)`);
  if (layout !== 'm4') {
    const loaded = range(rows / lanes);
    return {
      prepare: loaded.flatMap((i) => blockOfA.prepareRow(layout, `fromA${i}`, `row + ${i * lanes}u + lane`)),
      load: loaded.map((i) => `let a${i} = ${blockOfA.readRow(layout, `fromA${i}`)};`),
      share: range(rows).map((r) => `let x${r} = ${ofLane(`a${Math.floor(r / lanes)}`, r % lanes)};`),
    };
  }
  const loaded = range(rows / width4(lanes));
  return {
    prepare: loaded.flatMap((i) =>
      blockOfA.prepare(layout, `fromA${i}`, `row + ${i * width4(lanes)}u + lane * 4u`),
    ),
    load: loaded.flatMap((i) =>
      range(4).map((u) => `let a${i}_${u} = ${blockOfA.readColumn(`fromA${i}`, u)};`),
    ),
    share: range(rows / 4).flatMap((four) => [
      ...range(4).map((u) => {
        const loadedBy = ofLane(`a${Math.floor(four / lanes)}_${u}`, four % lanes);
        return `let four${four}_${u} = ${loadedBy};`;
      }),
      ...range(4).map((i) => {
        const alongK = range(4).map((u) => `four${four}_${u}.${component(i)}`);
        return `let x${four * 4 + i} = vec4(${alongK.join(', ')});`;
      }),
    ]),
  };
}
