/** Tensors whose shapes do not go together. The message states the rule and what came instead. */
export class ShapeError extends Error {
  override name = 'ShapeError';
}
