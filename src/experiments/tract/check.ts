import type { Problem } from '../../spec/parse-spec';
import type { TractSpec } from './knobs';

/** Edge length of the images of each data set, in pixels. */
const IMAGE_SIZE = { 'fashion-mnist': 28, mnist: 28, 'cifar-10': 32 } as const;

/** What no single knob can tell: why a setting cannot run. Empty when it can. */
export function problemsOf(spec: TractSpec): Problem[] {
  const problems: Problem[] = [];
  const add = (where: keyof TractSpec, message: string) => problems.push({ where, message });
  const size = IMAGE_SIZE[spec.dataset];
  if (spec.model === 'vit') {
    if (size % spec.patch !== 0)
      add(
        'patch',
        `a patch of ${spec.patch} pixels does not divide the ${size} × ${size} images of ${spec.dataset}`,
      );
    if (spec.width % spec.heads !== 0)
      add('width', `${spec.width} features cannot be split evenly over ${spec.heads} heads`);
  }
  if (spec.model === 'cnn' && spec.filter % 2 === 0)
    add('filter', `filters of ${spec.filter} × ${spec.filter} have no middle: the edge must be odd`);
  if (spec.batch > spec.trainExamples)
    add(
      'batch',
      `a batch of ${spec.batch} images cannot be drawn from ${spec.trainExamples} training images`,
    );
  return problems;
}
