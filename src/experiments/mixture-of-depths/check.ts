import { numbersIn } from '../../spec/knob';
import type { Problem } from '../../spec/parse-spec';
import { ROUTED, type RoutedVitSpec } from './knobs';

/** Edge length of the images of each data set, in pixels. */
const IMAGE_SIZE = { 'fashion-mnist': 28, mnist: 28, 'cifar-10': 32 } as const;

/** What no single knob can tell: why a setting cannot run. Empty when it can. */
export function problemsOf(spec: RoutedVitSpec): Problem[] {
  const problems: Problem[] = [];
  const size = IMAGE_SIZE[spec.dataset];
  if (size % spec.patch !== 0)
    problems.push({
      where: 'patch',
      message: `a patch of ${spec.patch} pixels does not divide the ${size} × ${size} images of ${spec.dataset}`,
    });
  if (spec.width % spec.heads !== 0)
    problems.push({
      where: 'width',
      message: `${spec.width} features cannot be split evenly over ${spec.heads} heads`,
    });
  if (spec.batch > spec.trainExamples)
    problems.push({
      where: 'batch',
      message: `a batch of ${spec.batch} images cannot be drawn from ${spec.trainExamples} training images`,
    });
  const routes = ROUTED.includes(spec.router);
  const blocks = numbersIn(spec.blockList);
  const byAttention = ['amod', 'amod-gated', 'cls-attention'].includes(spec.router);
  if (routes && spec.routedBlocks !== 'list' && spec.depth < 2)
    problems.push({ where: 'depth', message: 'a model of one block has none that could be routed' });
  if (spec.routedBlocks === 'list') {
    const beyond = blocks.find((block) => block > spec.depth);
    if (blocks.length === 0) problems.push({ where: 'blockList', message: 'names no block' });
    if (beyond !== undefined)
      problems.push({
        where: 'blockList',
        message: `names block ${beyond} of a model with ${spec.depth}`,
      });
    if (byAttention && blocks[0] === 1)
      problems.push({
        where: 'blockList',
        message: 'block 1 cannot be routed by attention: no block before it has attended',
      });
  }
  if (spec.router === 'cls-attention' && spec.readout === 'mean')
    problems.push({
      where: 'readout',
      message: 'without a class token there is no class-token attention to route by',
    });
  if (spec.protocol === 'transfer') {
    if (spec.sourceDataset === spec.dataset)
      problems.push({ where: 'sourceDataset', message: 'a transfer needs two different data sets' });
    else if (IMAGE_SIZE[spec.sourceDataset] !== size)
      problems.push({
        where: 'sourceDataset',
        message: `its images are not of the size of those of ${spec.dataset}`,
      });
  }
  return problems;
}
