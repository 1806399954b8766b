/** One convolution with its batch norm, as `src/nn/resnet.ts` names and lays them out. */
export interface Unit {
  name: string;
  /** Edge of the square filter. */
  size: number;
  inputs: number;
  outputs: number;
  stride: number;
}

/** A residual block: ReLU(second(ReLU(first x)) + shortcut x). */
export interface UnitBlock {
  first: Unit;
  second: Unit;
  /** Null where x itself is added. */
  shortcut: Unit | null;
}

/** The layers of a residual network of one block per stage. */
export interface UnitPlan {
  stem: Unit;
  blocks: UnitBlock[];
}

/** Units of a network with these channels per stage; each stage but the first halves height and width. */
export function planUnits(channels: number, widths: readonly number[]): UnitPlan {
  const unit = (name: string, size: number, inputs: number, outputs: number, stride: number): Unit => ({
    name,
    ...{ size, inputs, outputs, stride },
  });
  const blocks = widths.map((width, stage): UnitBlock => {
    const name = `stage${stage + 1}.block1`;
    const inputs = widths[Math.max(0, stage - 1)] ?? 0;
    const stride = stage === 0 ? 1 : 2;
    return {
      first: unit(`${name}.first`, 3, inputs, width, stride),
      second: unit(`${name}.second`, 3, width, width, 1),
      shortcut: stage === 0 ? null : unit(`${name}.shortcut`, 1, inputs, width, stride),
    };
  });
  return { stem: unit('stem', 3, channels, widths[0] ?? 0, 1), blocks };
}

/** Multiply-accumulates of one image's forward pass, convolutions only. */
export function unitFlops({ stem, blocks }: UnitPlan, extent: number): number {
  const cost = ({ size, inputs, outputs }: Unit, edge: number) => edge ** 2 * size ** 2 * inputs * outputs;
  let edge = extent;
  let sum = cost(stem, edge);
  for (const { first, second, shortcut } of blocks) {
    edge = Math.ceil(edge / first.stride);
    sum += cost(first, edge) + cost(second, edge) + (shortcut ? cost(shortcut, edge) : 0);
  }
  return sum;
}
