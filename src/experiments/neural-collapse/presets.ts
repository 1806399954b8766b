import type { Preset } from '../../run/card';
import type { knobs } from './knobs';
import cifar from './measured/cifar.json';
import decay from './measured/decay.json';
import deepLinear from './measured/deep-linear.json';
import demo from './measured/demo.json';
import dimensions from './measured/dimensions.json';
import fashion from './measured/fashion.json';
import imbalance from './measured/imbalance.json';
import minority from './measured/minority.json';
import mixup from './measured/mixup.json';
import smoke from './measured/smoke.json';
import transfer from './measured/transfer.json';
import withoutNorm from './measured/without-norm.json';

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
    found:
      'One seed. Sixty steps are too few to collapse: 90.4 % of the training images are told with batch norm and NC1 is 0.53, 19.6 % without it.',
    measured: smoke,
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
    found:
      'One seed. With batch norm training accuracy stays at 100 % from step 700, and NC1 goes on falling from 0.049 to 0.009, NC3 to 0.016; the nearest class mean and the classifier agree on 99.3 % of test images. Test accuracy gains 1.3 points meanwhile (90.7 to 92.0 %), and robustness goes from 0.150 to 0.161. Without batch norm the network makes no mistakes either, NC1 rises from 0.160 to 0.177, and test accuracy gains 0.3 points.',
    measured: demo,
    compare: ['Batch norm', 'No batch norm'],
    spec: { ...SHORT, robustness: 32 },
  },
  'without-norm': {
    label: 'No batch norm',
    about:
      'The same without batch norm, at three strengths of weight decay. Training error reaches zero all the same: does NC1 fall after that, or rise?',
    found:
      'One seed. All three make no mistakes from step 200 on, and none collapses: NC1 ends at 0.356 with decay 0.005, where it rises by 41 % over the terminal phase, and at 0.233 and 0.240 with a tenth of it and with none, where it stays as it is. More decay does lower the ratio of traces (0.28, 0.38 and 0.41) and NC3 (0.15, 0.45 and 0.53).',
    measured: withoutNorm,
    compare: ['Decay 0.005', 'Decay 0.0005', 'No decay'],
    spec: { ...SHORT, batchNorm: false, learningRate: 0.05 },
  },
  fashion: {
    label: 'Fashion-MNIST',
    about: 'Cross-entropy and squared error on items of clothing, which are harder to tell from each other.',
    found:
      'One seed. With cross-entropy no training image is told wrongly from step 700 on, and NC1 falls by 27 % from there, to 0.048; NC3 ends at 0.038. With squared error training accuracy ends at 97.0 % in as many steps, so the terminal phase is not reached: NC1 0.233, NC3 0.88. Test accuracy 83.8 and 82.0 %.',
    measured: fashion,
    compare: ['Batch norm', 'Squared error'],
    spec: { ...SHORT, dataset: 'fashion-mnist', duration: 60 },
  },
  cifar: {
    label: 'CIFAR-10',
    about:
      'The MLP on 2,000 colour photographs, which it cannot tell apart on new images: do the training images collapse all the same?',
    found:
      'One seed. With cross-entropy training accuracy is 100 % from step 900 on and NC1 falls from 0.177 there to 0.082, NC3 to 0.040, while test accuracy stays where it was (36.2, then 35.9 %): collapse of the training images says nothing of new ones. Squared error reaches 99.85 % and no terminal phase, with NC1 0.244, NC3 0.445 and test accuracy 31.3 %.',
    measured: cifar,
    compare: ['Batch norm', 'Squared error'],
    spec: { ...SHORT, dataset: 'cifar-10' },
  },
  imbalance: {
    label: 'Imbalance',
    about:
      'Five of the ten classes have a tenth of the images. What becomes of their classifier rows, of the angles between them, and of their test accuracy?',
    found:
      'One seed. All training images are told rightly and NC1 falls below 0.01 in each case, but the shortest classifier row is 0.61 of the longest with large and small classes and with a long tail, 0.98 with equal ones. Small classes’ rows come closer together than a simplex has them: mean cosine −0.02 and −0.06 instead of −0.11. Test accuracy 97.4 % in large and 45.1 % in small classes, 93.6 and 69.9 % with the long tail; over all 73.7, 82.6 and, with equal classes, 92.0 %.',
    measured: imbalance,
    compare: ['Large and small', 'Long-tailed', 'Balanced'],
    spec: { ...SHORT, ratio: 10 },
  },
  minority: {
    label: 'Minority collapse',
    about:
      'Squared error with decay of classifier and features and no bias, as in the closed form: classes whose share of the images is at most the product of the two decays should vanish. The product is 0.2 % here; a small class has 2.6 % of the images, and 0.14 % in “Beyond the threshold”.',
    found:
      'One seed. The shortest classifier row is 0.53 of the longest, where the closed form says 0.61; beyond the threshold 0.015, where it says 0. 49 % of test images of the small classes are told rightly, beyond the threshold none, of the large ones 93 and 94 %. Nearer to the threshold descent takes far longer than this to get there: at a ratio of 10, after as many epochs, 0.10 instead of 0.47.',
    measured: minority,
    compare: ['Large and small', 'Beyond the threshold'],
    spec: {
      ...SHORT,
      loss: 'mse',
      headBias: false,
      learningRate: 0.05,
      headDecay: 0.02,
      featureDecay: 0.1,
      weightDecay: 1e-4,
      ratio: 5,
      minority: 3,
    },
  },
  dimensions: {
    label: 'Few dimensions',
    about:
      'Ten classes in two, five and nine features. Nine are enough for a simplex; with two the class means come to lie on a circle, and NC2 has a floor.',
    found:
      'One seed. Largest angles of the class means 0.61 with two features, 0.27 with five and 0.12 with nine, above the lowest known for ten directions (0.46, 0.12 and 0). Two features are too few to tell the training images apart (89.9 %); five are enough (99.95 %). NC1 is smallest with two features, 0.0013: variability within classes vanishes although the angles cannot be had.',
    measured: dimensions,
    compare: ['2 features', '5 features', '9 features'],
    spec: SHORT,
  },
  mixup: {
    label: 'Mixup',
    about:
      'Trained on mixed images and labels. Features of two images of one class stay at the simplex; those of two classes lie along the boundary between them, not on the line between the means.',
    found:
      'One seed. Features of images that are not mixed collapse far less with mixup: NC1 0.18 against 0.016, a ratio of traces of 0.31 against 0.028, though class means come as near to a simplex (largest angles 0.035 and 0.045). Test accuracy 90.9 and 92.5 %. Where mixed images lie is for the picture below the curves to show; of these runs it was not measured.',
    measured: mixup,
    compare: ['Mixup', 'Batch norm'],
    spec: { ...SHORT, duration: 60 },
  },
  decay: {
    label: 'Where to decay',
    about:
      'The same weight decay on the layers that make the features, or on the last one. Which moves NC1, and which NC3?',
    found:
      'One seed. Decay on the layers that make the features ends with NC1 at 0.040 and a ratio of traces of 0.086, decay on the last layer with 0.052 and 0.171: as Tirer, Huang and Niles-Weed say. The last layer’s decay does more for the classifier: NC3 0.066 against 0.112, largest angles of its rows 0.038 against 0.066. Test accuracy 91.9 and 89.9 %.',
    measured: decay,
    compare: ['Decay on features', 'Decay on last layer'],
    spec: SHORT,
  },
  transfer: {
    label: 'New classes',
    about:
      'Trained on the digits 0 to 6. Are 7, 8 and 9, which the network never saw, told from five examples each, and does their class-distance variance fall with that of the others? And do the features of clothes, another data set, become orthogonal to those of the digits?',
    found:
      'One seed. Collapse carries over to test images of the trained digits, class-distance variance 0.063 with batch norm and 0.139 without, but not to new ones: theirs falls to 1.5 by step 500 and rises to 1.7 in the terminal phase, and five examples tell 63.9 % of them rightly, fewer than at step 100 (66.4 %). |cos| of their mean with the trained means falls from 0.94 to 0.38, of clothes from 0.87 to 0.34; without batch norm both rise again, to 0.57 and 0.59.',
    measured: transfer,
    compare: ['Batch norm', 'No batch norm'],
    spec: { ...SHORT, heldOut: '7 8 9', testExamples: 2000, foreign: 'fashion-mnist' },
  },
  'deep-linear': {
    label: 'Deep linear head',
    about: 'Three linear layers after the features, with nothing between them: each of them should collapse.',
    found:
      'One seed. The features of both collapse, with a deep linear head less: NC1 0.042 against 0.016 with one layer, a ratio of traces of 0.029 against 0.028, NC3 of the product of all layers 0.050 against 0.034. Test accuracy 92.7 and 92.5 %.',
    measured: deepLinear,
    compare: ['Deep linear head', 'Batch norm'],
    spec: { ...SHORT, duration: 60 },
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
