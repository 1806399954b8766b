import { tract } from '../../src/methods/tract/tract';
import { vitProblem, vitSizes } from '../vit-problem';
import type { Workload } from '../workload';

export default {
  description: 'The same transformer with TrAct: its patch embedding, on patches of 16 values',
  sizes: vitSizes,
  comparedWith: 'vit',
  problem: (sizes) => vitProblem(sizes, null, { firstLayer: tract(0.1) }),
} satisfies Workload;
