import { numbersIn } from '../../spec/knob';
import type { Problem } from '../../spec/parse-spec';
import type { UnconstrainedSpec } from './knobs';

/** All pairs of samples are compared with the closed form at every measurement. */
const MOST_SAMPLES = 1000;

/** Samples of each class. */
export const sizesOf = ({ objective, classes, perClass, sizes }: UnconstrainedSpec): number[] =>
  objective === 'imbalanced' ? numbersIn(sizes) : Array.from({ length: classes }, () => perClass);

/** What no single knob can tell: why a setting cannot run. Empty when it can. */
export function problemsOf(spec: UnconstrainedSpec): Problem[] {
  const problems: Problem[] = [];
  const sizes = sizesOf(spec);
  const samples = sizes.reduce((sum, size) => sum + size, 0);
  const where = spec.objective === 'imbalanced' ? 'sizes' : 'perClass';
  if (!sizes.every(Number.isInteger)) problems.push({ where, message: 'numbers of samples are whole' });
  if (sizes.length < 2 || sizes.length > 20)
    problems.push({ where, message: `there are 2 to 20 classes, not ${sizes.length}` });
  if (samples > MOST_SAMPLES)
    problems.push({
      where,
      message: `${samples} samples are more than the ${MOST_SAMPLES} that can be compared`,
    });
  const needed = spec.objective === 'ce' ? sizes.length - 1 : sizes.length;
  if (spec.dimension < needed)
    problems.push({
      where: 'dimension',
      message: `the closed form of ${sizes.length} classes needs ${needed} features or more`,
    });
  return problems;
}
