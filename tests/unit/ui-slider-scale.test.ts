import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { int, real } from '../../src/spec/knob';
import { problemWith } from '../../src/spec/parse-spec';
import { SLIDER_STEPS, neighbour, sliderPosition, sliderValue } from '../../src/ui/slider-scale';

const knobs = [
  real('Capacity', { default: 0.5, min: 1 / 16, max: 1 }),
  real('Rate', { default: 0.001, min: 1e-5, max: 1, scale: 'log' }),
  real('Decay', { default: 0, min: 0, max: 0.999 }),
  int('Depth', { default: 6, min: 1, max: 24 }),
  int('Images', { default: 60000, min: 100, max: 60000 }),
  int('Every', { default: 0, min: 0, max: 100000 }),
];

describe('sliders', () => {
  test.each(knobs)('$label: every position is a valid value, and the ends are the bounds', (knob) => {
    const values = Array.from({ length: SLIDER_STEPS + 1 }, (_, position) => sliderValue(knob, position));
    expect(values.map((value) => problemWith(knob, value)).filter(Boolean)).toEqual([]);
    expect([values[0], values.at(-1)]).toEqual([knob.min, knob.max]);
    expect(values.every((value, index) => index === 0 || value >= (values[index - 1] ?? NaN))).toBe(true);
  });

  test.each(knobs)('$label: a value is found near its position', (knob) => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: SLIDER_STEPS }), (position) => {
        const value = sliderValue(knob, position);
        const again = sliderValue(knob, sliderPosition(knob, value));
        const span =
          knob.kind === 'real' && knob.scale === 'linear' ? (knob.max - knob.min) / 50 : value * 0.1 + 1;
        return Math.abs(again - value) <= span;
      }),
    );
  });

  test.each(knobs)('$label: the arrow keys always move on, up to the bounds', (knob) => {
    const values = fc.integer({ min: 0, max: SLIDER_STEPS }).map((position) => sliderValue(knob, position));
    fc.assert(
      fc.property(values, fc.constantFrom(1 as const, -1 as const), (value, direction) => {
        const next = neighbour(knob, value, direction);
        const end = direction > 0 ? knob.max : knob.min;
        return value === end ? next === end : direction * (next - value) > 0;
      }),
    );
  });

  test('values are round numbers', () => {
    const [capacity, rate] = knobs;
    if (!capacity || !rate) throw new Error('knobs are missing');
    expect(String(sliderValue(capacity, 70)).length).toBeLessThanOrEqual(5);
    expect(sliderValue(rate, 120)).toBe(0.01);
  });
});
