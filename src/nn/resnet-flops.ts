import type { ResNetShape } from './resnet';

/**
 * Multiply-accumulates of one image's forward pass through `createResNet`: convolutions, shortcuts among them, and the head;
 * batch norm, ReLU, sums and the mean over positions are not counted.
 * @param image height and width
 */
export function resNetFlops(
  { channels, classes, widths = [16, 32, 64], blocksPerStage = 1 }: ResNetShape,
  image: readonly [number, number],
): number {
  let [rows, columns] = image;
  let inputs = widths[0] ?? 0;
  let flops = rows * columns * 9 * channels * inputs;
  for (const [stage, width] of widths.entries()) {
    for (let block = 0; block < blocksPerStage; block++) {
      const stride = block === 0 && stage > 0 ? 2 : 1;
      [rows, columns] = [Math.ceil(rows / stride), Math.ceil(columns / stride)];
      const shortcut = stride === 1 && inputs === width ? 0 : inputs * width;
      flops += rows * columns * (9 * inputs * width + 9 * width * width + shortcut);
      inputs = width;
    }
  }
  return flops + inputs * classes;
}
