import type { Preset } from '../../run/card';
import type { knobs } from './knobs';
import adapt from './measured/adapt.json';
import adaptCifar from './measured/adapt-cifar.json';
import demo from './measured/demo.json';
import paper from './measured/paper.json';
import smoke from './measured/smoke.json';

/** Six blocks on patches of 4 pixels, as small as shows the method: 50 tokens of 32 features. */
const SMALL = {
  patch: 4,
  width: 32,
  depth: 6,
  heads: 4,
  mlpRatio: 2,
  batch: 100,
  trainExamples: 10000,
  testExamples: 1000,
} as const;

/** One epoch of fine-tuning after some of dense training, at a quarter of its learning rate. */
const ADAPTED = {
  protocol: 'adapt',
  pretrainRate: 0.002,
  duration: 1,
  durationUnit: 'epochs',
  learningRate: 0.0005,
  warmup: 30,
} as const;

export const presets = {
  smoke: {
    label: 'Smoke',
    about: 'A very small model for 120 steps: shows that everything works.',
    found:
      'Nothing to be learnt about the routers: all four are within 3 points of each other and change places from seed to seed. 120 steps on 17 tokens are too few.',
    measured: smoke,
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
      'From scratch on 10,000 images of Fashion-MNIST, two epochs: which router learns best, and is any of them better than a shallower dense model of about the same FLOPs?',
    found:
      'One seed. A-MoD 69.9 %, the shallower dense model 69.7 %, the full one 68.7 %, MoD 67.7 %: A-MoD is above MoD, as the paper has it from scratch, and no better than the shallower model of 7 % fewer FLOPs. Differences of 2 points are what seeds make at this size; more seeds would have to tell.',
    measured: demo,
    spec: {
      ...SMALL,
      duration: 2,
      durationUnit: 'epochs',
      learningRate: 0.002,
      warmup: 30,
      evalEvery: 50,
    },
  },
  adapt: {
    label: 'Adapt',
    about:
      'A dense model is trained for three epochs, once per seed, then converted by each router without any training (the curve’s first point) and fine-tuned for one epoch. The paper’s Table 3 and the speed of convergence, at 50 tokens.',
    found:
      'One seed. Before any training A-MoD keeps 65.8 % of the dense model’s 74.1 %, MoD 52.6 %: the paper’s claim shows. Yet tokens chosen by chance keep 67.1 %, and the first four of its six blocks alone 69.4 %. So what MoD loses here it seems to lose by its gate, a factor that nobody has trained yet, and not by its choice. After the epoch all are within 2 points of each other, A-MoD 0.7 above MoD and level with the shallower model; MoD came to within 2 % of its own peak sooner, for its peak is lower.',
    measured: adapt,
    spec: {
      ...SMALL,
      ...ADAPTED,
      pretrainEpochs: 3,
      evalEvery: 20,
    },
  },
  'adapt-cifar': {
    label: 'Adapt, CIFAR-10',
    about:
      'The same on colour photographs: 65 tokens, and a dense model that is far from done after two epochs.',
    found:
      'One seed, and a dense model of only 36.8 %. Before any training A-MoD keeps 32.8 %, MoD 23.3 %, the first four blocks 33.7 %; after the epoch 36.9, 35.3 and 36.4 %. The claim against MoD shows at both places, the one against the shallower model does not: half a point is nothing on 1,000 images.',
    measured: adaptCifar,
    spec: {
      ...SMALL,
      dataset: 'cifar-10',
      trainExamples: 8000,
      ...ADAPTED,
      pretrainEpochs: 2,
      evalEvery: 20,
    },
  },
  paper: {
    label: 'Paper-shaped',
    about:
      'What the paper did with DeiT, scaled down: 12 blocks, MLP ratio 4, 50 % capacity in every second block, a dense model adapted with AdamW, linear warm-up and cosine. Differences: Fashion-MNIST instead of ImageNet-1k, 50 tokens instead of 197, width 32 instead of 192 and more, 64 instead of 128 images a batch, two epochs of dense training and one of fine-tuning instead of 300 and 100, and no augmentation.',
    found:
      'One seed. Before any training A-MoD keeps 42.9 % of the dense model’s 61.9 %, MoD 35.6 %; after the epoch 61.7 and 59.9 %. Both claims against MoD show. The shallower dense model, nine of twelve blocks at 3.5 % more FLOPs, starts at 59.6 % and ends at 65.0 %: at this size the last blocks do little, so leaving them out costs less than leaving out tokens in six.',
    measured: paper,
    spec: {
      trainExamples: 4800,
      testExamples: 1000,
      patch: 4,
      width: 32,
      depth: 12,
      heads: 4,
      mlpRatio: 4,
      batch: 64,
      ...ADAPTED,
      pretrainEpochs: 2,
      evalEvery: 15,
    },
  },
} satisfies Record<string, Preset<typeof knobs>>;
