import { defineCard } from '../../src/run/card';
import { choice, real } from '../../src/spec/knob';
import { smallCard } from './ui-small-card';

/** The small card with more routers and a sweep over their capacity. */
export const sweptCard = defineCard({
  id: 'swept',
  title: 'Swept',
  summary: 'For tests.',
  seed: smallCard.seed,
  knobs: {
    ...smallCard.knobs,
    router: choice('Router', ['amod', 'linear', 'linear-sigmoid', 'dense'], { default: 'amod' }),
    capacity: real('Capacity', {
      default: 0.5,
      min: 0.0625,
      max: 1,
      unit: 'of tokens',
      appliesTo: { router: ['amod', 'linear', 'linear-sigmoid'] },
    }),
  },
  presets: { demo: { label: 'Demo', about: '', spec: {} } },
  defaultPreset: 'demo',
  variants: {
    Quarter: { capacity: 0.25 },
    Method: { router: 'amod' },
    Linear: { router: 'linear' },
    Gated: { router: 'linear-sigmoid' },
    Base: { router: 'dense' },
  },
  compare: ['Method', 'Base'],
  baseline: 'Base',
  metrics: smallCard.metrics,
  hero: 'accuracy',
  claims: smallCard.claims,
  sweeps: [
    {
      label: 'Capacity',
      about: 'For tests.',
      knob: 'capacity',
      values: [0.25, 0.5, 1],
      variants: ['Method', 'Linear'],
      beside: ['Base'],
      chart: { x: 'flops', metrics: ['accuracy'] },
    },
  ],
});
