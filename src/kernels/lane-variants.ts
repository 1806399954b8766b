import { flatWorkgroups, type Shape, type Variant } from './kernel';
import { columnsOf } from './rows';

const oneLane = 'alias Lanes = f32; const lanes = 1u;';
const fourLanes = 'alias Lanes = vec4<f32>; const lanes = 4u;';

/**
 * A module whose arithmetic is the same for single numbers and for vectors of four, as two variants: fours where the last
 * axis of `tensor` divides, single numbers everywhere. The module states its lanes in one line.
 * @param invocations how many the module wants, when the last axis has `across` groups of lanes
 * @param names of the variant in fours and of the one in single numbers
 */
export function laneVariants<Name extends string>(
  wgsl: string,
  tensor: Name,
  invocations: (shapes: Record<Name, Shape>, across: number) => number,
  [four, one]: readonly [string, string] = ['columns4', 'portable'],
): Variant<Name, object>[] {
  if (!wgsl.includes(oneLane)) throw new Error(`a module with lanes must say "${oneLane}"`);
  return [
    {
      name: four,
      wgsl: wgsl.replace(oneLane, fourLanes),
      fits: (shapes) => columnsOf(shapes[tensor]) % 4 === 0,
      workgroups: (shapes) => flatWorkgroups(invocations(shapes, columnsOf(shapes[tensor]) / 4), 64),
    },
    {
      name: one,
      wgsl,
      workgroups: (shapes) => flatWorkgroups(invocations(shapes, columnsOf(shapes[tensor])), 64),
    },
  ];
}
