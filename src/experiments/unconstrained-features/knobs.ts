import { choice, int, numbers, real, type SpecOf } from '../../spec/knob';

const balanced = { objective: ['mse', 'ce'] };

export const knobs = {
  objective: choice('Problem', ['mse', 'ce', 'imbalanced'], {
    default: 'mse',
    labels: {
      mse: 'Squared error, equal classes',
      ce: 'Cross-entropy, equal classes',
      imbalanced: 'Squared error, unequal classes',
    },
    group: 'Problem',
    why: 'Squared error: 1∕(2Kn) ‖WH − Y‖² + λ_W∕(2K) ‖W‖² + λ_H∕(2Kn) ‖H‖². Cross-entropy: CE ∕ N + λ_W∕2 ‖W‖² + λ_H∕2 ‖H‖² + λ_b∕2 |b|². Unequal classes: 1∕(2N) ‖W_M ⋯ W_1 H − Y‖² + λ_W∕2 Σ ‖W_j‖² + λ_H∕2 ‖H‖². All features H are free.',
  }),
  classes: int('Classes', {
    default: 4,
    min: 2,
    max: 20,
    unit: 'classes',
    group: 'Problem',
    appliesTo: balanced,
  }),
  perClass: int('Samples per class', {
    default: 10,
    min: 1,
    max: 100,
    unit: 'samples',
    group: 'Problem',
    appliesTo: balanced,
    why: 'Each has features of its own, which should all come to lie on one point.',
  }),
  sizes: numbers('Samples of each class', {
    default: '200 100 50 4',
    min: 1,
    max: 600,
    group: 'Problem',
    appliesTo: { objective: ['imbalanced'] },
    why: 'One number per class. A class of n ≤ N² λ_W λ_H samples collapses to nothing (one linear layer).',
  }),
  layers: int('Linear layers', {
    default: 1,
    min: 1,
    max: 4,
    unit: 'layers',
    group: 'Problem',
    appliesTo: { objective: ['imbalanced'] },
    why: 'M of W_M ⋯ W_1. With two or more, 0 is a local minimum for every class: a start too close to it stays there.',
  }),
  dimension: int('Dimension', {
    default: 8,
    min: 1,
    max: 64,
    unit: 'features',
    group: 'Problem',
    why: 'Of the features. The closed forms need as many as classes, cross-entropy one less.',
  }),
  classifierDecay: real('λ_W', { default: 0.05, min: 1e-6, max: 10, scale: 'log', group: 'Problem' }),
  featureDecay: real('λ_H', { default: 0.02, min: 1e-6, max: 10, scale: 'log', group: 'Problem' }),
  biasDecay: real('λ_b', {
    default: 0.01,
    min: 1e-6,
    max: 10,
    scale: 'log',
    group: 'Problem',
    appliesTo: { objective: ['ce'] },
  }),
  learningRate: real('Learning rate', {
    default: 0.2,
    min: 1e-4,
    max: 2,
    scale: 'log',
    group: 'Descent',
    why: 'In units in which the objective’s curvature at the optimum is about 1, for features and layers each.',
  }),
  momentum: real('Momentum', { default: 0.9, min: 0, max: 0.999, group: 'Descent' }),
  start: real('Start', {
    default: 0.5,
    min: 1e-4,
    max: 2,
    scale: 'log',
    group: 'Descent',
    why: 'Standard deviation of the features at first; of the layers so much divided by the root of the dimension.',
  }),
  duration: int('Duration', { default: 400, min: 1, max: 100000, unit: 'steps', group: 'Descent' }),
  evalEvery: int('Measure every', {
    default: 20,
    min: 0,
    max: 10000,
    unit: 'steps',
    group: 'Descent',
    why: 'Besides before the first step, after 1, 2, 4 … steps until then, and at the end.',
  }),
};

/** A setting of this experiment. */
export type UnconstrainedSpec = SpecOf<typeof knobs>;
