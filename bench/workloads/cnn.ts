import { cnnProblem, cnnSizes } from '../cnn-problem';
import type { Workload } from '../workload';

export default {
  description:
    'Residual network with batch norm: 8 layers, 16 to 64 channels, 32×32×3, batch 64, SGD with momentum',
  sizes: cnnSizes,
  scaling: { batch: [16, 64, 128], width: [8, 16, 32] },
  problem: (sizes) => cnnProblem(sizes),
} satisfies Workload;
