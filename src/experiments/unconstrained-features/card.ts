import { defineCard } from '../../run/card';
import { problemsOf } from './check';
import { knobs } from './knobs';
import { presets } from './presets';
import seed from '../../../seeds/dang-2023-deep-linear-collapse.json';

const chart = { shownIn: 'chart' } as const;
const imbalanced = { appliesTo: { objective: ['imbalanced'] } };

export default defineCard({
  id: 'unconstrained-features',
  title: 'Unconstrained features',
  summary:
    'Neural collapse without a network: the features themselves are trained together with the classifier. Where they end is known exactly, for equal classes and for unequal ones.',
  seed: { ...seed, status: 'running' },
  knobs,
  presets,
  defaultPreset: 'balanced',
  variants: {
    'Squared error': { objective: 'mse' },
    'Cross-entropy': { objective: 'ce', classifierDecay: 5e-3, featureDecay: 1e-3 },
    'Unequal classes': { objective: 'imbalanced' },
    'Unequal and more decay': { objective: 'imbalanced', classifierDecay: 5e-3, featureDecay: 1e-2 },
    'Three layers': { objective: 'imbalanced', layers: 3 },
  },
  compare: ['Squared error', 'Cross-entropy'],
  baseline: 'Squared error',
  metrics: {
    gap: { label: 'Distance from the closed form', unit: '', better: 'lower', scale: 'log' },
    objective: { label: 'Objective', unit: '', better: 'lower' },
    predictedObjective: { label: 'Its minimum, predicted', unit: '', better: 'neither' },
    classifierGap: { label: 'Distance, classifier', unit: '', better: 'lower', shownIn: 'lens' },
    featureGap: { label: 'Distance, features', unit: '', better: 'lower', shownIn: 'lens' },
    logitGap: { label: 'Distance, logits', unit: '', better: 'lower', shownIn: 'lens' },
    collapsedClasses: {
      label: 'Classes that vanished',
      unit: 'classes',
      better: 'neither',
      decimals: 0,
      ...imbalanced,
    },
    predictedCollapsed: {
      label: 'The same, predicted',
      unit: 'classes',
      better: 'neither',
      decimals: 0,
      ...imbalanced,
    },
    nc1: { label: 'NC1, tr(Σ_W Σ_B⁺) ∕ C', unit: '', better: 'lower', scale: 'log' },
    traceQuotient: { label: 'NC1, tr Σ_W ∕ tr Σ_B', unit: '', better: 'lower', scale: 'log', ...chart },
    equinormMeans: { label: 'NC2 equal lengths, means', unit: '', better: 'lower', ...chart },
    maximalAngleMeans: { label: 'NC2 largest angles, means', unit: '', better: 'lower' },
    maximalAngleClassifier: { label: 'NC2 largest angles, classifier', unit: '', better: 'lower', ...chart },
    nc3: { label: 'NC3 self-duality', unit: '', better: 'lower', ...chart },
    gradientNorm: { label: 'Gradient norm', unit: '', better: 'neither', ...chart },
    stepTime: { label: 'Training step', unit: 'ms', better: 'lower', shownIn: 'table' },
    throughput: { label: 'Throughput', unit: 'samples/s', better: 'higher', decimals: 0, ...chart },
  },
  families: {
    classLength: { label: '|w_k|', unit: '', better: 'neither' },
    predictedClassLength: { label: '|w_k|, predicted', unit: '', better: 'neither' },
    featureLength: { label: '|h_k|', unit: '', better: 'neither' },
    predictedFeatureLength: { label: '|h_k|, predicted', unit: '', better: 'neither' },
  },
  hero: 'gap',
  sweeps: [
    {
      label: 'λ_W',
      about:
        'Decay of the classifier, through the thresholds of the classes: how many have vanished, found and predicted.',
      knob: 'classifierDecay',
      values: [0.01, 0.1, 0.2, 0.5, 1, 2, 3],
      variants: ['Unequal classes'],
      beside: [],
      chart: { x: 'knob', metrics: ['collapsedClasses', 'predictedCollapsed', 'gap'] },
    },
    {
      label: 'λ_H',
      about: 'Decay of the features, with equal classes.',
      knob: 'featureDecay',
      values: [2e-3, 5e-3, 2e-2, 5e-2, 0.2],
      variants: ['Squared error'],
      beside: [],
      chart: { x: 'knob', metrics: ['objective', 'predictedObjective', 'gap'] },
    },
  ],
  claims: [],
  check: problemsOf,
});
