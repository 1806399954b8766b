import type { Matrix, Tape } from './tape';

/** How the reference routes: the definitions of every router once more, by name of what they do. */
export interface ReferenceRouting {
  /** Whether each block is routed, first to last. */
  routed: readonly boolean[];
  /** Tokens a routed block works on. */
  k: number;
  /** Token 0 takes one of the k places. */
  isFirstForced: boolean;
  /** What tokens are scored by; `given` reads numbers from outside. */
  score:
    | 'received'
    | 'class row'
    | 'linear'
    | 'norm'
    | { given: (image: number, block: number) => readonly number[] };
  /** What a selected token's update is multiplied by. */
  gate: 'none' | 'score' | 'sigmoid';
}

/** Attention maps of a block, one per head, each with as many rows as columns. */
export type Maps = readonly Matrix[];

/** Mean over the heads of the means of each column. */
export function columnMeans(maps: Maps): number[] {
  const tokens = maps[0]?.rows ?? 0;
  return Array.from({ length: tokens }, (_, column) => {
    let sum = 0;
    for (const { values } of maps)
      for (let row = 0; row < tokens; row++) sum += values[row * tokens + column] ?? NaN;
    return sum / (maps.length * tokens);
  });
}

/** Mean over the heads of the first row. */
export const firstRow = (maps: Maps): number[] =>
  Array.from({ length: maps[0]?.rows ?? 0 }, (_, column) =>
    maps.reduce((sum, { values }) => sum + (values[column] ?? NaN) / maps.length, 0),
  );

/** The k tokens with the highest score, ties to the lower index, in order of position. */
export function highest(scores: readonly number[], k: number, isFirstForced: boolean): number[] {
  const order = scores.map((score, token) => ({ score, token }));
  order.sort((a, b) => b.score - a.score || a.token - b.token);
  const ranked = order.map(({ token }) => token);
  const list = isFirstForced ? [0, ...ranked.filter((token) => token !== 0)] : ranked;
  return list.slice(0, k).sort((a, b) => a - b);
}

/** Carries one image's tokens through its blocks. */
export class ReferenceRouter {
  /** Scores by attention of the tokens as they stand, after dense and routed blocks. */
  #attention: readonly number[] | null = null;

  constructor(
    private readonly tape: Tape,
    private readonly routing: ReferenceRouting,
    private readonly weight: (name: string) => Matrix,
    private readonly image: number,
  ) {}

  /** Says what a dense block attended to. */
  sawDense(maps: Maps): void {
    this.#attention = this.routing.score === 'class row' ? firstRow(maps) : columnMeans(maps);
  }

  /** Says what the chosen tokens attended to among themselves: only attention received is renewed. */
  sawChosen(maps: Maps, chosen: readonly number[]): void {
    const before = this.#attention;
    if (!before || this.routing.score !== 'received') return;
    const means = columnMeans(maps);
    this.#attention = before.map((score, token) =>
      chosen.includes(token)
        ? ((means[chosen.indexOf(token)] ?? NaN) * chosen.length) / before.length
        : score,
    );
  }

  /** The tokens that a routed block works on, and the factors of their updates as a column: null for no gate. */
  choose(z: Matrix, index: number): { chosen: number[]; gate: Matrix | null } {
    const { k, isFirstForced, gate } = this.routing;
    const scores = this.#scores(z, index);
    const chosen = highest([...scores.values], k, isFirstForced);
    if (gate === 'none') return { chosen, gate: null };
    const selected = this.tape.gatheredRows(scores, chosen);
    return { chosen, gate: gate === 'sigmoid' ? this.tape.sigmoid(selected) : selected };
  }

  /** As a column. All but linear scores are constants. */
  #scores(z: Matrix, index: number): Matrix {
    const { score } = this.routing;
    if (score === 'linear') return this.tape.product(z, this.weight(`block${index + 1}.router.weight`));
    const constant = (numbers: readonly number[]) => this.tape.matrix(z.rows, 1, numbers);
    if (score === 'norm')
      return constant(
        Array.from({ length: z.rows }, (_, row) =>
          Math.hypot(...z.values.subarray(row * z.columns, (row + 1) * z.columns)),
        ),
      );
    if (typeof score === 'object') return constant(score.given(this.image, index));
    if (!this.#attention) throw new Error(`block ${index + 1} follows no dense block`);
    return constant(this.#attention);
  }
}
