import { ReferenceRouter, type Maps, type ReferenceRouting } from './routing';
import { Tape, type Matrix } from './tape';

/** Parameters by the lab's names, row-major, with their shapes. */
export type NamedValues = ReadonlyMap<string, { shape: readonly number[]; values: ArrayLike<number> }>;

export interface ReferenceShape {
  patches: number;
  patchValues: number;
  width: number;
  heads: number;
  depth: number;
  readout: 'class' | 'mean';
}

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
 * Equations of Dosovitskiy et al. (ICLR 2021) and, for routed blocks, of Gadhikar et al. (2024), 1 to 5.
 * @param routing null for a dense model
 */
export function referenceVit(
  { patches, patchValues, width, heads, depth, readout }: ReferenceShape,
  parameters: NamedValues,
  images: ArrayLike<number>,
  labels: readonly number[],
  routing: ReferenceRouting | null,
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

  const block = (name: string, z: Matrix): { z: Matrix; maps: Maps } => {
    const headWidth = width / heads;
    const qkv = linear(`${name}.attention.qkv`, norm(`${name}.norm1`, z));
    const part = (which: number, head: number) =>
      tape.columnsOf(qkv, which * width + head * headWidth, headWidth);
    const maps = Array.from({ length: heads }, (_, head) =>
      tape.softmaxRows(
        tape.scaled(tape.product(part(0, head), tape.transposed(part(1, head))), 1 / Math.sqrt(headWidth)),
      ),
    );
    const mixed = maps.map((map, head) => tape.product(map, part(2, head)));
    const attended = tape.sum(z, linear(`${name}.attention.project`, tape.joinedColumns(mixed)));
    const hidden = tape.gelu(linear(`${name}.mlp.expand`, norm(`${name}.norm2`, attended)));
    return { z: tape.sum(attended, linear(`${name}.mlp.contract`, hidden)), maps };
  };

  const picks: number[][][] = [];
  const readouts: Matrix[] = [];
  for (let image = 0; image < labels.length; image++) {
    const size = patches * patchValues;
    const pixels = Array.from({ length: size }, (_, i) => images[image * size + i] ?? NaN);
    const embedded = linear('embed', tape.matrix(patches, patchValues, pixels));
    const all = readout === 'class' ? tape.joinedRows(weight('classToken'), embedded) : embedded;
    let z = tape.sum(all, weight('position'));
    const router = routing && new ReferenceRouter(tape, routing, weight, image);
    const chosenByBlock: number[][] = [];
    for (let index = 0; index < depth; index++) {
      const name = `block${index + 1}`;
      if (!router || !routing.routed[index]) {
        const out = block(name, z);
        z = out.z;
        router?.sawDense(out.maps);
        continue;
      }
      const { chosen, gate } = router.choose(z, index);
      chosenByBlock.push(chosen);
      const selected = tape.gatheredRows(z, chosen);
      const out = block(name, selected);
      const update = tape.sum(out.z, tape.scaled(selected, -1));
      z = tape.scatteredSum(z, chosen, gate ? tape.gatedRows(update, gate) : update);
      router.sawChosen(out.maps, chosen);
    }
    picks.push(chosenByBlock);
    readouts.push(
      readout === 'class' ? norm('norm', tape.gatheredRows(z, [0])) : tape.meanRow(norm('norm', z)),
    );
  }
  const features = readouts.reduce((above, row) => tape.joinedRows(above, row));
  const logits = linear('head', features);
  const loss = tape.crossEntropy(logits, labels);
  tape.backward(loss);
  const { columns } = logits;
  return {
    loss: loss.values[0] ?? NaN,
    logits: labels.map((_, row) => [...logits.values.subarray(row * columns, (row + 1) * columns)]),
    chosen: picks,
    gradients: new Map([...weights].map(([name, { gradient }]) => [name, gradient])),
  };
}
