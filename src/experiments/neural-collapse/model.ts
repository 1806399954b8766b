import type { Rng } from '../../math/rng';
import { createLayeredClassifier, type LayeredClassifier } from '../../nn/layered-classifier';
import type { CollapseSpec } from './knobs';

/** Features of each layer of the network before its head. */
export function layerWidths({ body, depth, width, features }: CollapseSpec): number[] {
  const before = Array.from({ length: depth - 1 }, (_, i) =>
    body === 'mlp' ? width : Math.ceil(width / 2 ** (depth - 2 - i)),
  );
  return [...before, features];
}

/** The network of a setting. */
export const createModel = (
  spec: CollapseSpec,
  image: readonly [height: number, width: number, channels: number],
  classes: number,
  rng: Rng,
): LayeredClassifier =>
  createLayeredClassifier({ ...spec, image, classes, widths: layerWidths(spec) }, rng.fork('init'));
