import { defineCard } from '../../run/card';
import { choice, int, real } from '../../spec/knob';
import type { Problem } from '../../spec/parse-spec';
import seed from '../../../seeds/gadhikar-2024-a-mod.json';

/** Edge length of the images of each data set, in pixels. */
const IMAGE_SIZE = { 'fashion-mnist': 28, mnist: 28, 'cifar-10': 32 } as const;

export default defineCard({
  id: 'mixture-of-depths',
  title: 'Mixture-of-Depths, routed by attention',
  summary:
    'Every second block of a vision transformer works on only some of its tokens: those that received most attention in the block before. Does accuracy hold while the work falls?',
  seed: { ...seed, status: 'running' },
  knobs: {
    router: choice('Router', ['amod', 'dense'], {
      default: 'amod',
      labels: { amod: 'A-MoD', dense: 'Dense (none)' },
      group: 'Method',
      why: 'How routed blocks choose their tokens. Dense routes nothing: every block sees every token.',
    }),
    capacity: real('Capacity', {
      default: 0.5,
      min: 1 / 16,
      max: 1,
      group: 'Method',
      unit: 'of tokens',
      why: 'Share of tokens a routed block works on: k = max(1, floor(capacity × tokens)). At 1 nothing is skipped and A-MoD equals the dense model exactly.',
    }),
    dataset: choice('Data set', ['fashion-mnist', 'mnist', 'cifar-10'], {
      default: 'fashion-mnist',
      labels: { 'fashion-mnist': 'Fashion-MNIST', mnist: 'MNIST', 'cifar-10': 'CIFAR-10' },
      group: 'Data',
      why: 'MNIST is easy and shows little difference; CIFAR-10 is the hardest and the largest to fetch.',
    }),
    trainExamples: int('Training images', {
      default: 60000,
      min: 100,
      max: 60000,
      unit: 'images',
      group: 'Data',
      why: 'Taken from the front of the official training split; all of them where the split is smaller. Fewer load faster.',
    }),
    testExamples: int('Test images', {
      default: 10000,
      min: 100,
      max: 10000,
      unit: 'images',
      group: 'Data',
      why: 'Taken from the front of the official test split. Fewer make each evaluation quicker and its accuracy coarser.',
    }),
    patch: int('Patch', {
      default: 4,
      min: 2,
      max: 16,
      unit: 'pixels',
      group: 'Model',
      why: 'Edge of the square patches that become tokens; it must divide the image. Half the edge makes four times the tokens.',
    }),
    width: int('Width', {
      default: 64,
      min: 8,
      max: 512,
      unit: 'features',
      group: 'Model',
      why: 'Numbers per token, a multiple of the heads. Compute grows with its square.',
    }),
    depth: int('Depth', {
      default: 6,
      min: 1,
      max: 24,
      unit: 'blocks',
      group: 'Model',
      why: 'Blocks 2, 4, 6 … are routed, blocks 1, 3, 5 … stay dense, so that every routed block follows one that attended to all tokens.',
    }),
    heads: int('Heads', { default: 4, min: 1, max: 16, unit: 'heads', group: 'Model' }),
    mlpRatio: int('MLP ratio', {
      default: 2,
      min: 1,
      max: 8,
      unit: '× width',
      group: 'Model',
      why: 'Hidden width of each block’s MLP. The paper’s models use 4.',
    }),
    optimizer: choice('Optimizer', ['adamw', 'adam', 'sgd'], {
      default: 'adamw',
      labels: { adamw: 'AdamW', adam: 'Adam', sgd: 'SGD with momentum' },
      group: 'Training',
    }),
    learningRate: real('Learning rate', {
      default: 0.001,
      min: 1e-5,
      max: 1,
      scale: 'log',
      group: 'Training',
      why: 'Peak of the schedule. Transformers of this size like 0.0005 to 0.003 with Adam, and about 0.05 with SGD.',
    }),
    weightDecay: real('Weight decay', {
      default: 0.05,
      min: 0,
      max: 1,
      group: 'Training',
      why: 'Decoupled for AdamW, added to the gradient for Adam and SGD. Applied to matrices only, not to biases, norms or embeddings.',
    }),
    momentum: real('Momentum', {
      default: 0.9,
      min: 0,
      max: 0.999,
      group: 'Training',
      why: 'Used by SGD only.',
    }),
    batch: int('Batch', { default: 64, min: 1, max: 1024, unit: 'images', group: 'Training' }),
    duration: int('Duration', {
      default: 5,
      min: 1,
      max: 100000,
      group: 'Training',
      why: 'In the unit chosen below. One epoch shows every training image once.',
    }),
    durationUnit: choice('Duration in', ['epochs', 'steps'], { default: 'epochs', group: 'Training' }),
    schedule: choice('Schedule', ['cosine', 'constant'], {
      default: 'cosine',
      labels: { cosine: 'Cosine to zero', constant: 'Constant' },
      group: 'Training',
      why: 'After the warm-up.',
    }),
    warmup: int('Warm-up', {
      default: 40,
      min: 0,
      max: 10000,
      unit: 'steps',
      group: 'Training',
      why: 'The learning rate rises linearly over these steps; at most the whole run.',
    }),
    evalEvery: int('Evaluate every', {
      default: 200,
      min: 0,
      max: 100000,
      unit: 'steps',
      group: 'Training',
      why: 'Test accuracy and loss are measured this often and at the end; 0 measures at the end only. Evaluation never changes the training.',
    }),
  },
  presets: {
    smoke: {
      label: 'Smoke',
      about:
        'A very small model for 120 steps: shows that everything works. One seed of both variants took 40 s in Chromium 156 on two processor cores without a graphics card (22 November 2026); test accuracy of seeds 0 and 1: A-MoD 62.2 and 59.2 %, dense 61.4 and 62.0 %. The training steps alone took A-MoD three quarters of the dense model’s time.',
      spec: {
        trainExamples: 10000,
        testExamples: 1000,
        patch: 7,
        width: 32,
        depth: 4,
        batch: 32,
        learningRate: 0.003,
        duration: 120,
        durationUnit: 'steps',
        warmup: 10,
        evalEvery: 20,
      },
    },
    demo: {
      label: 'Demo',
      about:
        'A six-block transformer, five epochs on all of Fashion-MNIST: 2,340 steps of 8.8 (A-MoD) or 12.0 (dense) million multiply-accumulates per image and pass. Meant for a graphics card, and not yet timed on one.',
      spec: { batch: 128, duration: 5, durationUnit: 'epochs', learningRate: 0.002, evalEvery: 117 },
    },
  },
  defaultPreset: 'demo',
  variants: { 'A-MoD': { router: 'amod' }, 'Dense ViT': { router: 'dense' } },
  compare: ['A-MoD', 'Dense ViT'],
  baseline: 'Dense ViT',
  metrics: {
    testAccuracy: { label: 'Test accuracy', unit: '%', better: 'higher', domain: [0, 1], decimals: 1 },
    trainLoss: { label: 'Training loss', unit: 'nats', better: 'lower' },
    testLoss: { label: 'Test loss', unit: 'nats', better: 'lower' },
    throughput: { label: 'Throughput', unit: 'images/s', better: 'higher', decimals: 0 },
    gradientNorm: { label: 'Gradient norm', unit: '', better: 'neither' },
    learningRate: { label: 'Learning rate', unit: '', better: 'neither' },
  },
  hero: 'testAccuracy',
  claims: [
    {
      metric: 'testAccuracy',
      method: 'A-MoD',
      baseline: 'Dense ViT',
      at: 'equal FLOPs',
      direction: 'higher',
      margin: 0.005,
      source: 'Table 1, where the dense ViT has fewer blocks',
    },
  ],
  check(spec) {
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
    return problems;
  },
});
