import { Tape, type Matrix } from './tape';

/** Parameters by the lab's names, row-major, with their shapes. */
export type NamedValues = ReadonlyMap<string, { shape: readonly number[]; values: ArrayLike<number> }>;

export interface ReferenceShape {
  patches: number;
  patchValues: number;
  width: number;
  heads: number;
  depth: number;
}

/** How block `index` (from 0) chooses tokens, given what the block before left: null for all of them. */
export type Router = (context: {
  index: number;
  /** Attention received per token in the block before, head and query mean; null for the first block. */
  received: readonly number[] | null;
  tokens: number;
}) => readonly number[] | null;

export interface ReferenceResult {
  loss: number;
  /** `[batch][classes]` */
  logits: number[][];
  /** Chosen tokens by image and routed block. */
  chosen: number[][][];
  /** By parameter name, row-major. */
  gradients: Map<string, Float64Array>;
}

/**
 * Loss, logits, chosen tokens and gradients of the vision transformer classifier in float64, one image after the other.
 * Equations of Dosovitskiy et al. (ICLR 2021) and, for routed blocks, of Gadhikar et al. (2024), 4 and 5.
 */
export function referenceVit(
  { patches, patchValues, width, heads, depth }: ReferenceShape,
  parameters: NamedValues,
  images: ArrayLike<number>,
  labels: readonly number[],
  router: Router,
): ReferenceResult {
  const tape = new Tape();
  const weights = new Map<string, Matrix>();
  for (const [name, { shape, values }] of parameters) {
    const columns = shape.at(-1) ?? 1;
    weights.set(name, tape.matrix(values.length / columns, columns, values));
  }
  const weight = (name: string): Matrix => {
    const found = weights.get(name);
    if (!found) throw new Error(`no parameter ${name}; there are ${[...weights.keys()].join(', ')}`);
    return found;
  };
  const linear = (name: string, x: Matrix) =>
    tape.sum(tape.product(x, weight(`${name}.weight`)), weight(`${name}.bias`));
  const norm = (name: string, x: Matrix) =>
    tape.layerNorm(x, weight(`${name}.gamma`), weight(`${name}.beta`), 1e-6);

  /** The block's output and the attention each of its tokens received. */
  const block = (name: string, z: Matrix): { z: Matrix; received: number[] } => {
    const headWidth = width / heads;
    const qkv = linear(`${name}.attention.qkv`, norm(`${name}.norm1`, z));
    const received = new Array<number>(z.rows).fill(0);
    const mixed = Array.from({ length: heads }, (_, head) => {
      const part = (which: number) => tape.columnsOf(qkv, which * width + head * headWidth, headWidth);
      const scores = tape.scaled(tape.product(part(0), tape.transposed(part(1))), 1 / Math.sqrt(headWidth));
      const map = tape.softmaxRows(scores);
      for (let i = 0; i < map.values.length; i++)
        received[i % z.rows] = (received[i % z.rows] ?? 0) + (map.values[i] ?? 0) / (heads * z.rows);
      return tape.product(map, part(2));
    });
    const attended = tape.sum(z, linear(`${name}.attention.project`, tape.joinedColumns(mixed)));
    const hidden = tape.gelu(linear(`${name}.mlp.expand`, norm(`${name}.norm2`, attended)));
    return { z: tape.sum(attended, linear(`${name}.mlp.contract`, hidden)), received };
  };

  const chosen: number[][][] = [];
  const readouts: Matrix[] = [];
  for (let image = 0; image < labels.length; image++) {
    const size = patches * patchValues;
    const pixels = Array.from({ length: size }, (_, i) => images[image * size + i] ?? NaN);
    const embedded = linear('embed', tape.matrix(patches, patchValues, pixels));
    let z = tape.sum(tape.joinedRows(weight('classToken'), embedded), weight('position'));
    let received: readonly number[] | null = null;
    const picks: number[][] = [];
    for (let index = 0; index < depth; index++) {
      const rows: readonly number[] | null = router({ index, received, tokens: z.rows });
      if (rows === null) {
        const out = block(`block${index + 1}`, z);
        z = out.z;
        received = out.received;
      } else {
        picks.push([...rows]);
        const selected = tape.gatheredRows(z, rows);
        const worked = block(`block${index + 1}`, selected).z;
        const update = tape.sum(worked, tape.scaled(selected, -1));
        z = tape.scatteredSum(z, rows, update);
        received = null;
      }
    }
    chosen.push(picks);
    readouts.push(norm('norm', tape.gatheredRows(z, [0])));
  }
  const features = readouts.reduce((above, row) => tape.joinedRows(above, row));
  const logits = linear('head', features);
  const loss = tape.crossEntropy(logits, labels);
  tape.backward(loss);
  const { columns } = logits;
  return {
    loss: loss.values[0] ?? NaN,
    logits: labels.map((_, row) => [...logits.values.subarray(row * columns, (row + 1) * columns)]),
    chosen,
    gradients: new Map([...weights].map(([name, { gradient }]) => [name, gradient])),
  };
}

/** Routes every second block to the k tokens with the highest score, ties to the lower index. */
export const attentionRouter =
  (k: number): Router =>
  ({ index, received }) => {
    if (index % 2 === 0) return null;
    if (!received) throw new Error(`block ${index + 1} follows no dense block`);
    return received
      .map((score, token) => ({ score, token }))
      .sort((a, b) => b.score - a.score || a.token - b.token)
      .slice(0, k)
      .map(({ token }) => token)
      .sort((a, b) => a - b);
  };

export const noRouter: Router = () => null;
