import type { TaskSetting } from './setting';

/**
 * Multiply-accumulates of a training step for one image: the forward pass, and twice as many for the gradients of each layer
 * that is trained, in the trunk once per backward pass.
 * @param passes backward passes through the trunk
 */
export function stepFlops({ model, spec }: Pick<TaskSetting, 'model' | 'spec'>, passes: number): number {
  // A head is made of linear layers, whose weights are each used once per image.
  const heads = [...model.parameters.entries()]
    .filter(([name]) => !model.isShared(name) && name.endsWith('.weight'))
    .reduce((sum, [, { size }]) => sum + size, 0);
  const trunk = model.flopsPerImage - heads;
  return model.flopsPerImage + 2 * heads + (spec.freezeTrunk ? 0 : 2 * passes * trunk);
}
