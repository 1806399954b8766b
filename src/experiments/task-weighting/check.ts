import { numbersIn } from '../../spec/knob';
import type { Problem } from '../../spec/parse-spec';
import type { TaskWeightingSpec } from './knobs';
import { tasksOf } from './tasks';

/** Images of the official training splits of MNIST and Fashion-MNIST. */
const TRAINING_SPLIT = 60000;
/** Side of what the network sees, in pixels: the canvas of two items, or one image. */
export const inputSize = ({ tasks }: Pick<TaskWeightingSpec, 'tasks'>): number =>
  tasks === 'multi-fashion' || tasks === 'multi-mnist' ? 36 : 28;

/** What no single knob can tell: why a setting cannot run. Empty when it can. */
export function problemsOf(spec: TaskWeightingSpec): Problem[] {
  const problems: Problem[] = [];
  const add = (where: keyof TaskWeightingSpec, message: string) => problems.push({ where, message });
  const tasks = tasksOf(spec.tasks).length;
  const counts = (where: 'scales' | 'weights' | 'start') => {
    const { length } = numbersIn(spec[where]);
    if (length !== 1 && length !== tasks)
      add(where, `has ${length} numbers for ${tasks} tasks; give one for each, or one for all`);
  };
  counts('scales');
  if (spec.method === 'scalarization') {
    counts('weights');
    if (numbersIn(spec.weights).every((weight) => weight === 0)) add('weights', 'are all 0');
  }
  if (spec.method === 'uw') counts('start');
  if (spec.trainExamples + spec.validationExamples > TRAINING_SPLIT)
    add(
      'validationExamples',
      `${spec.trainExamples} training and ${spec.validationExamples} validation images are more than the ${TRAINING_SPLIT} there are`,
    );
  if (spec.batch > spec.trainExamples)
    add(
      'batch',
      `a batch of ${spec.batch} images cannot be drawn from ${spec.trainExamples} training images`,
    );
  if (spec.trunk === 'vit') {
    const size = inputSize(spec);
    if (size % spec.patch !== 0)
      add(
        'patch',
        `a patch of ${spec.patch} pixels does not divide the ${size} × ${size} pixels of the input`,
      );
    if (spec.width % spec.attentionHeads !== 0)
      add('width', `${spec.width} features cannot be split evenly over ${spec.attentionHeads} heads`);
  }
  if (spec.measures && spec.measureSamples > spec.batch)
    add('measureSamples', `${spec.measureSamples} images cannot be taken from a batch of ${spec.batch}`);
  if (['pcgrad', 'mgda', 'gradnorm'].includes(spec.method)) {
    if (spec.optimizer === 'adam-per-task')
      add('optimizer', 'with one state per task there is no common gradient for this method to form');
    if (spec.freezeTrunk) add('freezeTrunk', 'leaves no gradients of the trunk for this method to look at');
  }
  return problems;
}
