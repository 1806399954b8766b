import type { Preset } from '../../run/card';
import type { knobs } from './knobs';
import contrast from './measured/contrast.json';
import demo from './measured/demo.json';
import inputs from './measured/inputs.json';
import mlp from './measured/mlp.json';
import resnet from './measured/resnet.json';
import smoke from './measured/smoke.json';

/**
 * Few enough steps for a software adapter: 50 in an epoch. The learning rate is the vanilla update's best of 0.001, 0.002, 0.004 and
 * 0.008 (test accuracy of seed 0: 75.5, 78.5, 80.3 and 79.8 %).
 */
const SHORT = { trainExamples: 5000, learningRate: 0.004, evalEvery: 50 } as const;

export const presets = {
  smoke: {
    label: 'Smoke',
    about: 'A very small ViT for one epoch of 3,200 images: shows that everything works.',
    found:
      'One seed: TrAct 54.8 %, Vanilla 54.0 %. After 100 steps nothing is to be learnt about the updates.',
    measured: smoke,
    spec: {
      trainExamples: 3200,
      testExamples: 500,
      width: 32,
      depth: 1,
      batch: 32,
      duration: 1,
      evalEvery: 20,
    },
  },
  demo: {
    label: 'ViT',
    about:
      'A small ViT on patches of 7 pixels of Fashion-MNIST, six epochs: is TrAct ahead at once, and how many epochs does it save?',
    found:
      'Three seeds. After one epoch TrAct is 1.4 points ahead on average (67.9 to 66.5 %); at the end it is 0.5 points behind (79.4 to 79.9 %, 95 % interval of the difference −2.5 to +1.5), and in two of three seeds never as accurate as Vanilla in the end, so there is no speed-up to be read off. The learning rate is the vanilla update’s best of four, as the paper has it. At this size the claim does not show.',
    measured: demo,
    spec: SHORT,
  },
  resnet: {
    label: 'ResNet, CIFAR-10',
    about:
      'A residual network of 8 layers on colour photographs, SGD with momentum, crops and mirroring: the paper’s strongest case, far smaller.',
    found:
      'One seed, 150 steps, test accuracy on 1,000 images. TrAct is ahead from step 75 on and ends at 35.2 % against 34.1 %; it first reaches Vanilla’s final accuracy after 94 steps instead of 150, 1.6 times sooner, and falls back a little once more. One seed says little: the difference at the end is 11 images. The learning rate is the paper’s, not searched here.',
    measured: resnet,
    spec: {
      model: 'resnet',
      dataset: 'cifar-10',
      trainExamples: 5000,
      testExamples: 1000,
      width: 8,
      depth: 1,
      stages: 3,
      optimizer: 'sgd',
      learningRate: 0.08,
      crop: 4,
      flip: true,
      batch: 100,
      duration: 3,
      evalEvery: 25,
    },
  },
  mlp: {
    label: 'Counter-example: MLP',
    about:
      'A dense first layer over the whole image, 784 inputs: whitening border pixels that hardly vary amplifies their noise, and TrAct is worse than the vanilla update. It belongs on patches and windows.',
    found:
      'One seed. TrAct ends at 91.2 % and Vanilla at 94.2 %, with a test loss of 0.295 against 0.197. The learning rate is the vanilla update’s best of 0.02, 0.05, 0.1 and 0.2 on Fashion-MNIST.',
    measured: mlp,
    compare: ['TrAct', 'Vanilla'],
    spec: {
      model: 'mlp',
      dataset: 'mnist',
      width: 128,
      depth: 2,
      optimizer: 'sgd',
      learningRate: 0.05,
      duration: 6,
      evalEvery: 100,
    },
  },
  contrast: {
    label: 'Low contrast',
    about:
      'The ViT on images of which each has a contrast of its own, from a tenth to all: does TrAct help more where some images hardly train the first layer?',
    found:
      'One seed, three epochs. TrAct ends at 75.2 % and Vanilla at 74.7 %, patches normalised each at 75.2 % and DualPatchNorm at 75.7 %, all within one point, which is no more than seeds of the preset “ViT” differ by.',
    measured: contrast,
    compare: ['TrAct', 'Vanilla', 'Patch norm', 'DualPatchNorm'],
    spec: { ...SHORT, contrast: 0.1, duration: 3 },
  },
  inputs: {
    label: 'Raw inputs',
    about:
      'The ViT on pixels from 0 to 1 and from 0 to 255 instead of standardised ones, all else as it was tuned for those: which update suffers more?',
    found:
      'One seed, three epochs. From 0 to 1 TrAct ends at 76.1 % and Vanilla at 75.0 %; from 0 to 255 at 72.9 and 73.1 %, where both suffer alike. That TrAct suffers far less does not show under Adam, which scales every gradient anyway.',
    measured: inputs,
    compare: ['TrAct from 0 to 1', 'Vanilla from 0 to 1', 'TrAct from 0 to 255', 'Vanilla from 0 to 255'],
    spec: { ...SHORT, duration: 3 },
  },
} as const satisfies Readonly<Record<string, Preset<typeof knobs>>>;
