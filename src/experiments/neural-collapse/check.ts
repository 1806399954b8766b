import { numbersIn } from '../../spec/knob';
import type { Problem } from '../../spec/parse-spec';
import type { CollapseSpec } from './knobs';

/** Classes of each data set. */
const CLASSES = 10;

/** The classes that are trained on, as the data set counts them. */
export const trainedClasses = ({ heldOut }: Pick<CollapseSpec, 'heldOut'>): number[] =>
  Array.from({ length: CLASSES }, (_, c) => c).filter((c) => !numbersIn(heldOut).includes(c));

/**
 * Training images of each trained class: n everywhere, n ∕ ratio in the last `minority` classes, or falling from n to
 * n ∕ ratio by the same factor from class to class; one at least.
 */
export function classSizes(spec: CollapseSpec): number[] {
  const { imbalance, perClass, ratio, minority } = spec;
  const classes = trainedClasses(spec).length;
  const rounded = (size: number) => Math.max(1, Math.round(size));
  return Array.from({ length: classes }, (_, c) => {
    if (imbalance === 'balanced') return perClass;
    if (imbalance === 'step') return c < classes - minority ? perClass : rounded(perClass / ratio);
    return rounded(perClass * ratio ** (-c / Math.max(1, classes - 1)));
  });
}

/** What no single knob can tell: why a setting cannot run. Empty when it can. */
export function problemsOf(spec: CollapseSpec): Problem[] {
  const problems: Problem[] = [];
  const add = (where: keyof CollapseSpec, message: string) => problems.push({ where, message });
  const trained = trainedClasses(spec).length;
  const held = CLASSES - trained;
  if (trained < 3) add('heldOut', `leaves ${trained} classes to train on: collapse needs three or more`);
  if (held === 1) add('heldOut', 'one class alone cannot be told from others: hold out two or more, or none');
  const images = classSizes(spec).reduce((sum, size) => sum + size, 0);
  if (spec.batch > images)
    add('batch', `a batch of ${spec.batch} images cannot be drawn from ${images} training images`);
  if (spec.imbalance !== 'balanced' && spec.minority >= trained)
    add('minority', `${spec.minority} small classes of ${trained} leave no large one`);
  if (spec.imbalance !== 'balanced' && spec.perClass / spec.ratio < 0.5)
    add('ratio', `${spec.perClass} images ∕ ${spec.ratio} leave none for the smallest class`);
  // A tenth of the test images are of each class, more or less.
  if (held > 0 && spec.testExamples / CLASSES < 2 * spec.shots)
    add(
      'shots',
      `${spec.shots} of about ${Math.round(spec.testExamples / CLASSES)} test images a class leave too few`,
    );
  if (spec.foreign === spec.dataset)
    add('foreign', 'this is the data set that is trained on: choose another, or none');
  if (spec.foreign !== 'none' && spec.dataset === 'cifar-10')
    add('foreign', 'grey images of 28 × 28 pixels do not fit a network for colour images of 32 × 32');
  if (spec.dataset === 'cifar-10' && spec.perClass > 4900)
    add('perClass', 'CIFAR-10 has 5,000 images of each class: choose at most 4,900');
  return problems;
}
