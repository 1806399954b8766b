import { defineCard } from '../../src/run/card';
import { choice, flag, numbers, real } from '../../src/spec/knob';
import { smallCard } from './ui-small-card';

/** A card whose sweeps are drawn along their knobs: a temperature on a log scale, and lists of numbers. */
export const knobSweptCard = defineCard({
  id: 'weighting',
  title: 'Weighting',
  summary: 'For tests.',
  seed: smallCard.seed,
  knobs: {
    method: choice('Method', ['softmax', 'fixed', 'equal', 'inverse'], { default: 'softmax' }),
    temperature: real('Temperature', {
      default: 2,
      min: 0.01,
      max: 1000,
      scale: 'log',
      appliesTo: { method: ['softmax'] },
    }),
    weights: numbers('Weights', { default: '1', min: 0, max: 1, appliesTo: { method: ['fixed'] } }),
    scales: numbers('Loss scales', { default: '1', min: 1e-6, max: 1e6 }),
    baselines: flag('Baselines', { default: true }),
  },
  presets: {
    demo: { label: 'Demo', about: '', spec: {} },
    grid: { label: 'Grid', about: '', spec: { scales: '10 1' }, compare: ['Fixed', 'Inverse', 'Equal'] },
    bare: { label: 'Bare', about: '', spec: { baselines: false } },
  },
  defaultPreset: 'demo',
  variants: {
    Softmax: { method: 'softmax' },
    Fixed: { method: 'fixed' },
    Inverse: { method: 'inverse' },
    Equal: { method: 'equal' },
  },
  compare: ['Softmax', 'Equal'],
  baseline: 'Equal',
  metrics: {
    deltaM: { label: 'Δm', unit: '%', better: 'lower', decimals: 1, appliesTo: { baselines: [true] } },
    early: {
      label: 'Δm at a quarter',
      unit: '%',
      better: 'lower',
      shownIn: 'table',
      appliesTo: { baselines: [true] },
    },
    seconds: { label: 'Time', unit: 's', better: 'lower' },
  },
  hero: 'deltaM',
  claims: [],
  sweeps: [
    {
      label: 'Temperature',
      about: '',
      knob: 'temperature',
      values: [0.5, 5, 50],
      variants: ['Softmax'],
      beside: ['Equal'],
      chart: { x: 'knob', metrics: ['early', 'deltaM', 'seconds'] },
    },
    {
      label: 'Pairs',
      about: '',
      knob: 'weights',
      values: ['0.1 0.9', '0.5 0.5', '0.9 0.1'],
      variants: ['Fixed'],
      beside: ['Equal'],
      chart: { x: 'knob', metrics: ['deltaM'] },
      appliesTo: { baselines: [true] },
    },
    {
      label: 'Triples',
      about: '',
      knob: 'weights',
      values: ['0.2 0.2 0.6'],
      variants: ['Fixed'],
      beside: [],
    },
  ],
});
