import type { Preset } from '../../run/card';
import type { knobs } from './knobs';

export const presets = {
  balanced: {
    label: 'Equal classes',
    about:
      'Four classes of ten samples, squared error and cross-entropy. Squared error should end with orthogonal features, cross-entropy with a simplex; both without any variation within classes.',
    compare: ['Squared error', 'Cross-entropy'],
    spec: {},
  },
  imbalanced: {
    label: 'Unequal classes',
    about:
      'Classes of 200, 100, 50 and 4 samples. Small classes should end with shorter classifier rows and longer features; with more decay the smallest vanishes.',
    compare: ['Unequal classes', 'Unequal and more decay'],
    spec: {
      sizes: '200 100 50 4',
      classifierDecay: 1e-3,
      featureDecay: 1e-4,
      duration: 800,
      evalEvery: 20,
    },
  },
  threshold: {
    label: 'Minority collapse',
    about:
      'The sweep raises λ_W: one class after another reaches a_k = N² λ_W λ_H ∕ n_k = 1 and vanishes. How many are gone, found and predicted?',
    compare: ['Unequal classes'],
    spec: {
      sizes: '100 50 20 10 5',
      classifierDecay: 0.2,
      featureDecay: 1e-3,
      duration: 800,
      evalEvery: 20,
    },
  },
  deep: {
    label: 'Deep linear',
    about:
      'Three linear layers after the features. The same diagonal form, other lengths, and a threshold that comes sooner.',
    compare: ['Three layers', 'Unequal classes'],
    spec: {
      sizes: '100 50 20',
      classifierDecay: 2e-3,
      featureDecay: 1e-4,
      duration: 1200,
      evalEvery: 30,
    },
  },
  vanishing: {
    label: 'Too much decay',
    about: 'With √(λ_W λ_H) of 1 or more nothing is worth learning: all should end at 0.',
    compare: ['Squared error'],
    spec: { classifierDecay: 1.5, featureDecay: 0.8, duration: 200, evalEvery: 10 },
  },
} satisfies Record<string, Preset<typeof knobs>>;
