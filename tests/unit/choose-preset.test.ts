import { describe, expect, test } from 'vitest';
import { cards } from '../../src/experiments/cards';
import { defineCard } from '../../src/run/card';
import { defaultLink, namedVariant } from '../../src/spec/link';
import { withPreset } from '../../src/ui/choose-preset';
import { paletteIndex } from '../../src/ui/palette';
import { seriesNumbers } from '../../src/ui/series-numbers';
import { sweepVariants } from '../../src/ui/sweep';
import { knobSweptCard as card } from './ui-knob-swept-card';

const names = ({ variants }: { variants: readonly { name: string }[] }) => variants.map(({ name }) => name);

describe('choosing a preset', () => {
  const demo = defaultLink(card);

  test('takes its setting and its comparison', () => {
    const chosen = withPreset(card, { ...demo, spec: { ...demo.spec, temperature: 7 } }, 'grid');
    expect(chosen).toMatchObject({ preset: 'grid', spec: { scales: '10 1', temperature: 2 } });
    expect(names(chosen)).toEqual(['Fixed', 'Inverse', 'Equal']);
    expect(names(withPreset(card, { ...demo, ...chosen }, 'bare'))).toEqual(['Softmax', 'Equal']);
  });

  test('leaves variants that were chosen as they are', () => {
    const variants = [namedVariant(card, 'Inverse'), ...demo.variants];
    expect(withPreset(card, { ...demo, variants }, 'grid').variants).toBe(variants);
    const [sweep] = card.sweeps ?? [];
    const swept = sweep ? sweepVariants(card, sweep) : [];
    expect(withPreset(card, { ...demo, variants: swept }, 'grid').variants).toBe(swept);
  });

  test('goes by which are compared, not by their order', () => {
    const variants = demo.variants.toReversed();
    expect(names(withPreset(card, { ...demo, variants }, 'grid'))).toEqual(['Fixed', 'Inverse', 'Equal']);
  });

  test('again resets the setting alone', () => {
    expect(withPreset(card, demo, 'demo')).toEqual({
      preset: 'demo',
      spec: demo.spec,
      variants: demo.variants,
    });
  });
});

describe('places in the palette', () => {
  test('go to what presets compare before other variants', () => {
    const wide = defineCard({
      ...card,
      variants: { Softmax: {}, Other: { temperature: 3 }, Fixed: {}, Inverse: {}, Equal: {} },
      sweeps: [],
    });
    expect([...seriesNumbers(wide, ['temperature:9'])]).toEqual([
      ['Equal', 0],
      ['Softmax', 1],
      ['Fixed', 2],
      ['Inverse', 3],
      ['Other', 4],
      ['temperature:9', 5],
    ]);
  });

  test('pass over the colour of a variant that is compared beside', () => {
    const many = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`V${i}`, { temperature: i + 1 }]));
    const crowded = defineCard({
      ...card,
      variants: many,
      compare: ['V1', 'V0'],
      baseline: 'V0',
      presets: { demo: { label: '', about: '', spec: {}, compare: ['V1', 'V2', 'V7', 'V0'] } },
      sweeps: [
        { label: '', about: '', knob: 'scales', values: ['1'], variants: ['V4', 'V9'], beside: ['V10'] },
      ],
    });
    const numbers = seriesNumbers(crowded, []);
    expect(new Set(numbers.values()).size).toBe(12);
    const colours = ['V4', 'V9', 'V10'].map((name) => paletteIndex(numbers.get(name) ?? NaN));
    expect(new Set(colours).size).toBe(3);
  });

  test.each([...cards])('in %s differ in colour for all that is compared at once', (_, known) => {
    const numbers = seriesNumbers(known, []);
    const compared = Object.values(known.presets).flatMap(({ compare }) => (compare ? [compare] : []));
    const swept = (known.sweeps ?? []).map(({ variants, beside }) => [...variants, ...beside]);
    for (const together of [known.compare, ...compared, ...swept].filter(({ length }) => length <= 7)) {
      const colours = together.map((name) => paletteIndex(numbers.get(name) ?? NaN));
      expect([together, new Set(colours).size]).toEqual([together, together.length]);
    }
  });
});
