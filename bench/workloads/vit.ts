import { vitProblem, vitSizes } from '../vit-problem';
import type { Workload } from '../workload';

export default {
  description: 'Vision transformer: 4 blocks, width 64, 4 heads, 49 tokens, batch 64, Adam',
  sizes: vitSizes,
  scaling: {
    batch: [16, 32, 64, 128],
    tokens: [17, 33, 49, 97],
    width: [32, 64, 128],
    depth: [2, 4, 8],
  },
  problem: (sizes) => vitProblem(sizes, null),
} satisfies Workload;
