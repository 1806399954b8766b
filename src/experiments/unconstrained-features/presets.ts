import type { Preset } from '../../run/card';
import type { knobs } from './knobs';
import balanced from './measured/balanced.json';
import deep from './measured/deep.json';
import imbalanced from './measured/imbalanced.json';
import threshold from './measured/threshold.json';
import vanishing from './measured/vanishing.json';

export const presets = {
  balanced: {
    label: 'Equal classes',
    about:
      'Four classes of ten samples, squared error and cross-entropy. Squared error should end with orthogonal features, cross-entropy with a simplex; both without any variation within classes.',
    found:
      'Three seeds, each from another start. All land on the closed form: inner products of classifier and features and the logits are within 1.1 × 10⁻⁶ of it, relative to its own length, and so is the objective (0.03112 and 0.1260).',
    measured: balanced,
    compare: ['Squared error', 'Cross-entropy'],
    spec: {},
  },
  imbalanced: {
    label: 'Unequal classes',
    about:
      'Classes of 200, 100, 50 and 4 samples. Small classes should end with shorter classifier rows and longer features; with more decay the smallest vanishes.',
    found:
      'Three seeds, all within 7.5 × 10⁻⁷ of the closed form. With more decay the class of four samples vanishes, as predicted; without, none does.',
    measured: imbalanced,
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
    found:
      'Three seeds at λ_W = 0.2: the smallest of five classes is gone, as predicted. Over the sweep, one seed each, 0, 0, 1, 2, 3, 4 and 5 classes vanish at λ_W = 0.01, 0.1, 0.2, 0.5, 1, 2 and 3, each time as many as predicted, and all runs are within 1.3 × 10⁻⁶ of the closed form.',
    measured: threshold,
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
    found:
      'Three seeds, with three linear layers and with one: all within 6.6 × 10⁻⁷ of the closed form. No class vanishes at this decay.',
    measured: deep,
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
    found:
      'Three seeds: features, classifier and logits end within 2 × 10⁻⁸ of 0, and the objective at 0.5, that of saying nothing.',
    measured: vanishing,
    compare: ['Squared error'],
    spec: { classifierDecay: 1.5, featureDecay: 0.8, duration: 200, evalEvery: 10 },
  },
} satisfies Record<string, Preset<typeof knobs>>;
