/** How A `[m, k]` is read: in fours along k, in fours along m (it lies transposed), or element by element. */
export type LayoutA = 'k4' | 'm4' | 'any';

/** How B `[k, n]` is read: in fours along n, in fours along k (it lies transposed), or element by element. */
export type LayoutB = 'n4' | 'k4' | 'any';

export interface Layout {
  a: LayoutA;
  b: LayoutB;
}

export const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const four = range(4);

/** A vector's component in WGSL: x, y, z or w. */
export const component = (i: number): string => 'xyzw'.charAt(i);

export const indent = (lines: readonly string[], by: string): string =>
  lines.map((line) => by + line).join('\n');

export const elementType = (layout: LayoutA | LayoutB): string =>
  layout === 'any' ? 'array<f32>' : 'array<vec4<f32>>';

/** Whether k is divisible by four, so that nothing read in steps of four runs past it. */
const isWhole = ({ a, b }: Layout): boolean => a === 'k4' || b === 'k4';

/**
 * Where the inner index stands in a step of four from `at`: `q0` to `q3`, held inside the matrices. What lies past the
 * end counts as zero, because B's share is.
 */
export function steps(layout: Layout, at: string): string[] {
  return four.map((u) =>
    isWhole(layout) ? `let q${u} = ${at} + ${u}u;` : `let q${u} = min(${at} + ${u}u, p.k - 1u);`,
  );
}

/** The 4×4 block of A whose first row is `row`; `name` makes its variables unique. */
export const blockOfA = {
  /** Lines before the loop. */
  prepare(layout: LayoutA, name: string, row: string): string[] {
    const start = 'z * p.batchA';
    if (layout === 'm4') return [`let ${name} = (${start} + min(${row}, p.m - 4u)) / 4u;`];
    return four.flatMap((i) => this.prepareRow(layout, `${name}${i}`, `${row} + ${i}u`));
  },
  prepareRow(layout: 'k4' | 'any', name: string, row: string): string[] {
    return layout === 'k4'
      ? [`let ${name} = (z * p.batchA + min(${row}, p.m - 1u) * p.k) / 4u;`]
      : [`let ${name} = z * p.batchA + min(${row}, p.m - 1u) * p.rowA;`];
  },
  /** A[row, q0 … q3] as an expression. */
  readRow: (layout: 'k4' | 'any', name: string): string =>
    layout === 'k4'
      ? `a[${name} + q0 / 4u]`
      : `vec4(${four.map((u) => `a[${name} + q${u} * p.stepA]`).join(', ')})`,
  /** A[row … row + 3, q_u] as an expression. */
  readColumn: (name: string, u: number): string => `a[${name} + q${u} * (p.m / 4u)]`,
};

/** The 4×4 block of B whose first column is `column`. */
export const blockOfB = {
  /** Lines before the loop. */
  prepare(layout: LayoutB, name: string, column: string): string[] {
    if (layout === 'n4') return [`let ${name} = (z * p.batchB + min(${column}, p.n - 4u)) / 4u;`];
    return four.map((j) => {
      const inside = `min(${column} + ${j}u, p.n - 1u)`;
      return layout === 'k4'
        ? `let ${name}${j} = (z * p.batchB + ${inside} * p.k) / 4u;`
        : `let ${name}${j} = z * p.batchB + ${inside} * p.columnB;`;
    });
  },
  /** Lines that read B[at + u, column … column + 3] into `${into}0` to `${into}3`. */
  read(layout: Layout, name: string, at: string, into: string): string[] {
    if (layout.b === 'k4') {
      return [
        ...four.map((j) => `let ${into}t${j} = b[${name}${j} + q0 / 4u];`),
        ...four.map(
          (u) => `let ${into}${u} = vec4(${four.map((j) => `${into}t${j}.${component(u)}`).join(', ')});`,
        ),
      ];
    }
    return four.map((u) => {
      const value =
        layout.b === 'n4'
          ? `b[${name} + q${u} * (p.n / 4u)]`
          : `vec4(${four.map((j) => `b[${name}${j} + q${u} * p.stepB]`).join(', ')})`;
      const whole = isWhole(layout) ? value : `select(vec4<f32>(), ${value}, ${at} + ${u}u < p.k)`;
      return `let ${into}${u} = ${whole};`;
    });
  },
};
