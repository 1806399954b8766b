import { vitProblem, vitSizes } from '../vit-problem';
import type { Workload } from '../workload';

export default {
  description: 'The same transformer with A-MoD: every second block works on an eighth of the tokens',
  sizes: vitSizes,
  comparedWith: 'vit',
  problem: (sizes) => vitProblem(sizes, 0.125),
} satisfies Workload;
