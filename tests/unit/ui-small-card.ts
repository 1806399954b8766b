import { defineCard } from '../../src/run/card';
import { choice, flag, int, real } from '../../src/spec/knob';

/** A card with one knob of every kind, for tests of what is generated from cards. */
export const smallCard = defineCard({
  id: 'small',
  title: 'Small',
  summary: 'For tests.',
  seed: {
    id: 'nobody-2000',
    title: 'Small',
    authors: ['Nobody'],
    year: 2000,
    venue: 'Nowhere',
    url: 'https://example.org',
    claim: '',
    figures: [],
    method: '',
    protocol: '',
    status: 'running',
    bibtex: '',
  },
  knobs: {
    router: choice('Router', ['amod', 'dense'], {
      default: 'amod',
      labels: { amod: 'A-MoD', dense: 'Dense' },
    }),
    capacity: real('Capacity', { default: 0.5, min: 0.0625, max: 1, unit: 'of tokens' }),
    width: int('Width', { default: 64, min: 8, max: 512, unit: 'features' }),
    mlpRatio: int('MLP ratio', { default: 2, min: 1, max: 8 }),
    augment: flag('Augment', { default: false }),
    rate: real('Learning rate', { default: 0.001, min: 1e-5, max: 1, scale: 'log' }),
  },
  presets: {
    demo: { label: 'Demo', about: '', spec: {} },
    smoke: { label: 'Smoke', about: '', spec: { width: 16 } },
  },
  defaultPreset: 'demo',
  variants: { Method: { router: 'amod' }, Other: { capacity: 0.25 }, Base: { router: 'dense' } },
  compare: ['Method', 'Base'],
  baseline: 'Base',
  metrics: {
    accuracy: { label: 'Accuracy', unit: '%', better: 'higher', domain: [0, 1] },
    loss: { label: 'Loss', unit: 'nats', better: 'lower' },
  },
  hero: 'accuracy',
  claims: [
    {
      metric: 'accuracy',
      method: 'Method',
      baseline: 'Base',
      at: 'equal FLOPs',
      direction: 'higher',
      margin: 0.01,
      source: 'Table 1',
    },
  ],
  check: (spec) =>
    spec.width % spec.mlpRatio === 0 ? [] : [{ where: 'width', message: `${spec.width} is not divisible` }],
});
