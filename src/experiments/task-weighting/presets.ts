import type { Preset } from '../../run/card';
import type { knobs } from './knobs';
import attributes from './measured/attributes.json';
import collapse from './measured/collapse.json';
import demo from './measured/demo.json';
import gradients from './measured/gradients.json';
import inertia from './measured/inertia.json';
import scaled from './measured/scaled.json';
import scales from './measured/scales.json';
import smoke from './measured/smoke.json';
import twoItems from './measured/two-items.json';

/** The paper's scaled-loss test (appendix A3.4). */
export const SCALED = '10000 0.1 1';
/** The milder scales of Elich et al. (appendix A2), under which SGD still trains. */
export const TEN_AND_TENTH = '10 0.1 1';

/** Class, angle and clean image of one item: cross-entropy, L1 and L2 on one trunk. */
const THREE_LOSSES = {
  tasks: 'fashion-3',
  trainExamples: 20000,
  testExamples: 1000,
  batch: 64,
  duration: 500,
  evalEvery: 50,
} as const;

export const presets = {
  smoke: {
    label: 'Smoke',
    about: 'Two overlaid items for 150 steps: shows that everything works.',
    found:
      'Nothing to be learnt about the weightings: after 150 steps all are 23 to 56 % worse than single-task, and seeds differ by more than methods do.',
    measured: smoke,
    spec: {
      trainExamples: 10000,
      validationExamples: 500,
      testExamples: 500,
      width: 32,
      depth: 1,
      batch: 50,
      learningRate: 0.003,
      baselineRate: 0.003,
      duration: 150,
      evalEvery: 25,
    },
  },
  demo: {
    label: 'Three losses',
    about:
      'One network tells the class, the angle and the clean image of a turned, noisy item: cross-entropy, L1 and L2 at once. Which weighting loses least against three networks of one task each?',
    found:
      'One seed. Every network of three tasks is worse than three of one task: UW-O by 8.8 %, IMTL-L 10.8, UW-SO at T = 2 10.9, UW 11.8, GLS 12.7 and equal weights 13.8 %. Most of it is lost in the clean image. UW-SO and the other uncertainty weights are better than equal weights, as in the paper; UW-SO at T = 2, which nobody searched, is no better than UW-O.',
    measured: demo,
    compare: ['UW-SO', 'UW-O', 'UW', 'EW', 'GLS', 'IMTL-L'],
    spec: { ...THREE_LOSSES, duration: 800, evalEvery: 100 },
  },
  'two-items': {
    label: 'Two items',
    about:
      'Multi-Fashion: classify the left and the right of two overlaid items. The losses are of one kind and size, so there is little to weigh; the gradient methods stand beside the others.',
    found:
      'One seed. Between 6.1 % (PCGrad) and 8.2 % (UW-SO at T = 2) worse than single-task; equal weights 6.5, UW 7.0, MGDA 7.1, GradNorm 7.8 %. With two losses of one kind there is nothing to win by weighing, and the claims do not show. PCGrad, MGDA and GradNorm took three to nine times as long a step.',
    measured: twoItems,
    compare: ['UW-SO', 'UW', 'EW', 'PCGrad', 'MGDA', 'GradNorm'],
    spec: { trainExamples: 20000, testExamples: 1000, batch: 64, duration: 500, evalEvery: 50 },
  },
  scaled: {
    label: 'Scaled losses',
    about:
      'The paper’s test: the three losses multiplied by 10,000, 0.1 and 1. UW and IMTL-L have to learn the scales, UW-O and GLS do not see them, and UW-SO sees each of them in its 1 ∕ loss.',
    found:
      'One seed. UW-O does not notice: 8.9 % worse than single-task. GLS, whose step length depends on the scales, 14.0 %. UW and IMTL-L, which have to learn the scales, 25.1 and 25.7 %; equal weights 28.8 %, UW-SO at T = 2 44.6 %. Without the scales equal weights lose 12.2 and UW-SO 9.9 % in as many steps (“Small T”). The paper’s order shows, and also that UW-SO is not free of scale.',
    measured: scaled,
    compare: ['UW-O', 'GLS', 'UW', 'IMTL-L', 'EW', 'UW-SO'],
    spec: { ...THREE_LOSSES, scales: SCALED },
  },
  collapse: {
    label: 'Small T',
    about:
      'UW-SO gives the smallest loss the largest weight, and a small temperature makes that nearly all of it: here T = 0.1 beside T = 2. The other tasks hardly train.',
    found:
      'One seed. At T = 0.1 the clean image, whose loss is smallest, takes all weight: 138 % worse than single-task, for the other two are hardly trained. At T = 2 9.9 %, with equal weights 12.2 %.',
    measured: collapse,
    compare: ['UW-SO', 'UW-SO at T = 0.1', 'EW'],
    spec: THREE_LOSSES,
  },
  inertia: {
    label: 'Bad start',
    about:
      'UW learns its weights, from 0.82 each or, beside it, from 0.025 each (s = 3). How long until both have the same? UW-O and UW-SO have nothing to start from. The learning rate is constant, so that UW can get there.',
    found:
      'One seed. The weights of the two starts come to within 10 % of each other at step 960 of 1,200 for the left item and 936 for the right; after 300 steps they are still 5.7-fold apart. In the end it costs little: 14.6 and 15.1 % worse than single-task, for with Adam a common factor of all weights does not matter. UW-O 16.1, UW-SO at T = 2 19.0 %: on these two losses neither is better than UW.',
    measured: inertia,
    compare: ['UW-SO', 'UW', 'UW from s = 3', 'UW-O'],
    spec: {
      ...{ trainExamples: 20000, testExamples: 1000, width: 32, batch: 64 },
      ...{ schedule: 'constant', learningRate: 0.004, duration: 1200, evalEvery: 200 },
    },
  },
  scales: {
    label: 'Loss scale',
    about:
      'Equal weights and UW-O, under SGD, Adam and Adam with one state per task, with gradients and updates of trunk and heads measured. The sweep “Loss scale” puts each beside itself with losses multiplied by 10, 0.1 and 1: curves that coincide do not feel it.',
    found:
      'One seed, without the sweep. After 300 steps Adam with one state per task is 5.7 % worse than single-task, UW-O 6.7 and equal weights 9.3 %; SGD at a rate of 0.02 is far behind, 38 % with UW-O and 42 % with equal weights. One measurement took 0.3 to 0.7 s, four to twelve steps’ time.',
    measured: scales,
    compare: ['EW with SGD', 'UW-O with SGD', 'EW', 'UW-O', 'EW with Adam per task'],
    spec: { ...THREE_LOSSES, duration: 300, measures: true },
  },
  gradients: {
    label: 'Conflicts',
    about:
      'Gradients of several tasks for one image, and of several images for one task, compared every ten steps: direction, length and share of conflicts. Elich et al. find that directions conflict no more between tasks than between images, and that lengths differ more.',
    found:
      'One seed. Directions: 33 to 42 % of the pairs of tasks conflict at the last measurement, and 50 to 56 % of the pairs of images, so tasks are no worse than images. Lengths: similarity 0.38 to 0.39 between tasks, 0.92 to 0.95 between images. Both as Elich et al. found. PCGrad, 9.0 % worse than single-task, gains nothing against UW-SO, 9.1, and equal weights, 9.3 %.',
    measured: gradients,
    compare: ['EW', 'UW-SO', 'PCGrad'],
    spec: { ...THREE_LOSSES, duration: 300, measures: true, measureEvery: 10 },
  },
  attributes: {
    label: 'Attributes',
    about:
      'Eighteen yes-or-no questions about one image, the rarest true for one in 160, as CelebA’s forty. Do weights by uncertainty help the rare ones? Training the eighteen single-task networks comes first, once per seed.',
    found:
      'One seed. UW is 7.4 % worse than single-task in balanced accuracy, equal weights 7.9, random ones 9.1, UW-SO at T = 400 9.1 and UW-O 10.1 %. The paper found UW-SO best of all on CelebA; here it is no better than equal weights at any T that was tried: 28.9 % at 20, 16.7 at 100, 9.1 at 400 and 8.2 at 1,000, where it is nearly equal weights. Rare questions have the smallest losses, so weights of 1 ∕ loss go to what is answered “no” already.',
    measured: attributes,
    compare: ['UW-SO', 'UW-O', 'UW', 'EW', 'RLW'],
    spec: {
      tasks: 'attributes',
      temperature: 400,
      trainExamples: 20000,
      testExamples: 2000,
      batch: 64,
      duration: 400,
      evalEvery: 100,
    },
  },
} as const satisfies Readonly<Record<string, Preset<typeof knobs>>>;
