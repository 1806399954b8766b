import { tract } from '../../src/methods/tract/tract';
import { cnnProblem, cnnSizes } from '../cnn-problem';
import type { Workload } from '../workload';

export default {
  description: 'The same residual network with TrAct: its first convolution, on windows of 27 values',
  sizes: cnnSizes,
  comparedWith: 'cnn',
  problem: (sizes) => cnnProblem(sizes, { firstLayer: tract(0.1) }),
} satisfies Workload;
