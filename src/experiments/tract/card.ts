import { defineCard } from '../../run/card';
import { problemsOf } from './check';
import { knobs } from './knobs';
import { presets } from './presets';
import seed from '../../../seeds/petersen-2024-tract.json';

/** Models whose first layer sees patches or windows, as the paper's do. */
const LOCAL = { model: ['vit', 'resnet', 'cnn'] };

export default defineCard({
  id: 'tract',
  title: 'TrAct: training first-layer pre-activations',
  summary:
    'How fast a network’s first layer learns depends on how bright and contrasty its images are. TrAct steps on what the layer gives instead of on its weights. Does the network learn in fewer epochs?',
  seed: { ...seed, status: 'running' },
  knobs,
  presets,
  defaultPreset: 'demo',
  variants: {
    TrAct: { update: 'tract' },
    Vanilla: { update: 'vanilla' },
    'TrAct with SGD': { update: 'tract', firstOptimizer: 'sgd' },
    'Patch norm': { update: 'vanilla', patchNorm: 'input' },
    DualPatchNorm: { update: 'vanilla', patchNorm: 'dual' },
    'TrAct from 0 to 1': { update: 'tract', inputs: 'unit' },
    'Vanilla from 0 to 1': { update: 'vanilla', inputs: 'unit' },
    'TrAct from 0 to 255': { update: 'tract', inputs: 'bytes' },
    'Vanilla from 0 to 255': { update: 'vanilla', inputs: 'bytes' },
  },
  compare: ['TrAct', 'Vanilla'],
  baseline: 'Vanilla',
  metrics: {
    testAccuracy: { label: 'Test accuracy', unit: '%', better: 'higher', domain: [0, 1], decimals: 1 },
    stepTime: { label: 'Training step', unit: 'ms', better: 'lower', shownIn: 'table' },
    trainLoss: { label: 'Training loss', unit: 'nats', better: 'lower' },
    testLoss: { label: 'Test loss', unit: 'nats', better: 'lower', shownIn: 'chart' },
    throughput: { label: 'Throughput', unit: 'images/s', better: 'higher', decimals: 0, shownIn: 'chart' },
    gradientNorm: { label: 'Gradient norm', unit: '', better: 'neither', shownIn: 'chart' },
    learningRate: { label: 'Learning rate', unit: '', better: 'neither', shownIn: 'chart' },
  },
  hero: 'testAccuracy',
  sweeps: [
    {
      label: 'Learning rate',
      about:
        'The vanilla update at five rates. Both updates should be compared at the one that is best for it, as the paper does: a rate tuned for TrAct alone would prove nothing.',
      knob: 'learningRate',
      values: [5e-4, 1e-3, 2e-3, 4e-3, 8e-3],
      variants: ['Vanilla'],
      beside: [],
      chart: { x: 'knob', metrics: ['testAccuracy'] },
      appliesTo: { optimizer: ['adam', 'adamw'] },
    },
    {
      label: 'Learning rate of SGD',
      about:
        'The vanilla update at five rates that suit SGD with momentum, to choose the one for both updates.',
      knob: 'learningRate',
      values: [0.01, 0.02, 0.05, 0.1, 0.2],
      variants: ['Vanilla'],
      beside: [],
      chart: { x: 'knob', metrics: ['testAccuracy'] },
      appliesTo: { optimizer: ['sgd'] },
    },
    {
      label: 'λ',
      about: 'TrAct at five values of λ beside the vanilla update: how much does the choice matter?',
      knob: 'lambda',
      values: [0.0125, 0.05, 0.1, 0.2, 0.8],
      variants: ['TrAct'],
      beside: ['Vanilla'],
      chart: { x: 'knob', metrics: ['testAccuracy'] },
    },
    {
      label: 'Budget',
      about:
        'Both updates at four budgets, each with its own full schedule. The horizontal distance between the lines is the speed-up.',
      knob: 'duration',
      values: [2, 4, 6, 12],
      variants: ['TrAct', 'Vanilla'],
      beside: [],
      chart: { x: 'knob', metrics: ['testAccuracy'], speedUp: true },
    },
    {
      label: 'Contrast',
      about: 'Both updates on images whose lowest contrast is all, a third, a tenth and a thirtieth.',
      knob: 'contrast',
      values: [0.03, 0.1, 0.3, 1],
      variants: ['TrAct', 'Vanilla'],
      beside: [],
      chart: { x: 'knob', metrics: ['testAccuracy'] },
    },
  ],
  claims: [
    {
      metric: 'testAccuracy',
      method: 'TrAct',
      baseline: 'Vanilla',
      at: 'equal steps',
      direction: 'higher',
      margin: 0.005,
      source: 'section 4.1',
      appliesTo: LOCAL,
    },
    {
      metric: 'testAccuracy',
      method: 'TrAct',
      baseline: 'DualPatchNorm',
      at: 'equal steps',
      direction: 'higher',
      margin: 0.005,
      source: 'section 4.4',
      appliesTo: { model: ['vit'] },
    },
    {
      metric: 'testAccuracy',
      method: 'TrAct from 0 to 255',
      baseline: 'Vanilla from 0 to 255',
      at: 'equal steps',
      direction: 'higher',
      margin: 0.005,
      source: 'section 4.4',
      statement: 'On inputs that are not standardised TrAct loses far less accuracy than the vanilla update',
      appliesTo: LOCAL,
    },
  ],
  speedUp: { method: 'TrAct', baseline: 'Vanilla', metric: 'testAccuracy', source: 'section 4.1' },
  check: problemsOf,
});
