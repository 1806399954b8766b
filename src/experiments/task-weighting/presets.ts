import type { Preset } from '../../run/card';
import type { knobs } from './knobs';

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
    compare: ['UW-SO', 'UW-O', 'UW', 'EW', 'GLS', 'IMTL-L'],
    spec: { ...THREE_LOSSES, duration: 800, evalEvery: 100 },
  },
  'two-items': {
    label: 'Two items',
    about:
      'Multi-Fashion: classify the left and the right of two overlaid items. The losses are of one kind and size, so there is little to weigh; the gradient methods stand beside the others.',
    compare: ['UW-SO', 'UW', 'EW', 'PCGrad', 'MGDA', 'GradNorm'],
    spec: { trainExamples: 20000, testExamples: 1000, batch: 64, duration: 500, evalEvery: 50 },
  },
  scaled: {
    label: 'Scaled losses',
    about:
      'The paper’s test: the three losses multiplied by 10,000, 0.1 and 1. UW and IMTL-L have to learn the scales, UW-O and GLS do not see them, and UW-SO sees each of them in its 1 ∕ loss.',
    compare: ['UW-O', 'GLS', 'UW', 'IMTL-L', 'EW', 'UW-SO'],
    spec: { ...THREE_LOSSES, scales: SCALED },
  },
  collapse: {
    label: 'Small T',
    about:
      'UW-SO gives the smallest loss the largest weight, and a small temperature makes that nearly all of it: here T = 0.1 beside T = 2. The other tasks hardly train.',
    compare: ['UW-SO', 'UW-SO at T = 0.1', 'EW'],
    spec: THREE_LOSSES,
  },
  inertia: {
    label: 'Bad start',
    about:
      'UW learns its weights, from 0.82 each or, beside it, from 0.025 each (s = 3). How long until both have the same? UW-O and UW-SO have nothing to start from. The learning rate is constant, so that UW can get there.',
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
    compare: ['EW with SGD', 'UW-O with SGD', 'EW', 'UW-O', 'EW with Adam per task'],
    spec: { ...THREE_LOSSES, duration: 300, measures: true },
  },
  gradients: {
    label: 'Conflicts',
    about:
      'Gradients of several tasks for one image, and of several images for one task, compared every ten steps: direction, length and share of conflicts. Elich et al. find that directions conflict no more between tasks than between images, and that lengths differ more.',
    compare: ['EW', 'UW-SO', 'PCGrad'],
    spec: { ...THREE_LOSSES, duration: 300, measures: true, measureEvery: 10 },
  },
  attributes: {
    label: 'Attributes',
    about:
      'Eighteen yes-or-no questions about one image, the rarest true for one in 160, as CelebA’s forty. Do weights by uncertainty help the rare ones? Training the eighteen single-task networks comes first, once per seed.',
    compare: ['UW-SO', 'UW-O', 'UW', 'EW', 'DWA', 'RLW'],
    spec: {
      tasks: 'attributes',
      temperature: 20,
      trainExamples: 20000,
      testExamples: 2000,
      batch: 64,
      duration: 400,
      evalEvery: 100,
    },
  },
} as const satisfies Readonly<Record<string, Preset<typeof knobs>>>;
