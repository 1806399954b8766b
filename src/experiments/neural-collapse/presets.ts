import type { Preset } from '../../run/card';
import type { knobs } from './knobs';

/** 2,000 images of MNIST, 100 epochs of 20 steps: past zero error in under a minute without a graphics card. */
const SHORT = {
  perClass: 200,
  testExamples: 1000,
  batch: 100,
  duration: 100,
  evalEvery: 100,
} as const;

export const presets = {
  smoke: {
    label: 'Smoke',
    about: 'A very small network for 60 steps: shows that everything works.',
    spec: {
      perClass: 50,
      testExamples: 200,
      width: 32,
      features: 16,
      batch: 50,
      duration: 60,
      durationUnit: 'steps',
      evalEvery: 20,
    },
  },
  demo: {
    label: 'Collapse',
    about:
      'An MLP on 2,000 digits, trained on for a hundred epochs. Do NC1 to NC4 go on falling after training error has reached zero, and does it take batch norm?',
    compare: ['Batch norm', 'No batch norm'],
    spec: { ...SHORT, robustness: 32 },
  },
  'without-norm': {
    label: 'No batch norm',
    about:
      'The same without batch norm, at three strengths of weight decay. Training error reaches zero all the same: does NC1 fall after that, or rise?',
    compare: ['Decay 0.005', 'Decay 0.0005', 'No decay'],
    spec: { ...SHORT, batchNorm: false, learningRate: 0.05 },
  },
  fashion: {
    label: 'Fashion-MNIST',
    about: 'Cross-entropy and squared error on items of clothing, which are harder to tell from each other.',
    compare: ['Batch norm', 'Squared error'],
    spec: { ...SHORT, dataset: 'fashion-mnist', robustness: 32 },
  },
  cifar: {
    label: 'CIFAR-10, CNN',
    about:
      'Three convolutions on 1,000 colour photographs: test accuracy stays low, and the training images collapse all the same.',
    compare: ['Batch norm', 'Squared error'],
    spec: {
      ...SHORT,
      dataset: 'cifar-10',
      perClass: 100,
      body: 'cnn',
      width: 16,
      features: 32,
      duration: 80,
      evalEvery: 80,
    },
  },
  imbalance: {
    label: 'Imbalance',
    about:
      'Five of the ten classes have a tenth of the images. What becomes of their classifier rows, of the angles between them, and of their test accuracy?',
    compare: ['Large and small', 'Long-tailed', 'Balanced'],
    spec: { ...SHORT, ratio: 10 },
  },
  minority: {
    label: 'Minority collapse',
    about:
      'Squared error with decay of classifier and features and no bias, as in the closed form: classes whose share of the images is at most the product of the two decays should vanish. A small class has 1.4 % of them here; the product is 0.2 %, and 2 % in “Decay beyond the threshold”.',
    compare: ['Large and small', 'Decay beyond the threshold'],
    spec: {
      ...SHORT,
      loss: 'mse',
      headBias: false,
      learningRate: 0.05,
      headDecay: 0.02,
      featureDecay: 0.1,
      weightDecay: 1e-4,
      ratio: 10,
      minority: 3,
    },
  },
  dimensions: {
    label: 'Few dimensions',
    about:
      'Ten classes in two, five and nine features. Nine are enough for a simplex; with two the class means come to lie on a circle, and NC2 has a floor.',
    compare: ['2 features', '5 features', '9 features'],
    spec: SHORT,
  },
  mixup: {
    label: 'Mixup',
    about:
      'Trained on mixed images and labels. Features of two images of one class stay at the simplex; those of two classes lie along the boundary between them, not on the line between the means.',
    compare: ['Mixup', 'Batch norm'],
    spec: SHORT,
  },
  decay: {
    label: 'Where to decay',
    about:
      'The same weight decay on the layers that make the features, or on the last one. Which moves NC1, and which NC3?',
    compare: ['Decay on features', 'Decay on last layer'],
    spec: SHORT,
  },
  transfer: {
    label: 'New classes',
    about:
      'Trained on the digits 0 to 6. Are 7, 8 and 9, which the network never saw, told from five examples each, and does their class-distance variance fall with that of the others? And do the features of clothes, another data set, become orthogonal to those of the digits?',
    compare: ['Batch norm', 'No batch norm'],
    spec: { ...SHORT, heldOut: '7 8 9', testExamples: 2000, foreign: 'fashion-mnist' },
  },
  'deep-linear': {
    label: 'Deep linear head',
    about: 'Three linear layers after the features, with nothing between them: each of them should collapse.',
    compare: ['Deep linear head', 'Batch norm'],
    spec: SHORT,
  },
  paper: {
    label: 'Paper-shaped',
    about:
      'What the paper did, scaled down: a residual network, 5,000 images of each class, weight decay 0.0005, batch 128, the rate divided by ten at 1/3 and 2/3. Differences: 8 layers instead of 18, 60 epochs instead of 350. For a graphics card.',
    compare: ['Batch norm', 'Squared error'],
    spec: {
      perClass: 5000,
      testExamples: 10000,
      body: 'resnet',
      width: 32,
      features: 64,
      batch: 128,
      learningRate: 0.0679,
      weightDecay: 5e-4,
      headDecay: 5e-4,
      duration: 60,
      evalEvery: 1170,
    },
  },
} satisfies Record<string, Preset<typeof knobs>>;
