import { describe, expect, test } from 'vitest';
import {
  bytesOfText,
  countOf,
  differenceText,
  durationText,
  metricNumber,
  metricText,
  siText,
} from '../../src/ui/quantity';
import { spreadText } from '../../src/ui/spread-text';
import { wordingOf } from '../../src/ui/charts/wording';
import { yTicks } from '../../src/ui/charts/y-ticks';
import type { MetricInfo } from '../../src/run/card';

const plain = (text: string) => text.replaceAll('\u00a0', ' ');
const accuracy: MetricInfo = { label: 'Accuracy', unit: '%', better: 'higher', decimals: 1 };
const deltaM: MetricInfo = { label: 'Δm', unit: '%', better: 'lower', decimals: 1 };
const loss: MetricInfo = { label: 'Loss', unit: 'nats', better: 'lower' };

describe('quantities in words', () => {
  test('counts carry their noun', () => {
    expect(plain(countOf(1, 'run'))).toBe('1 run');
    expect(plain(countOf(60000, 'image'))).toBe('60,000 images');
  });

  test('progress of bytes takes the unit of the whole', () => {
    expect(plain(bytesOfText(310_000, 6_000_000))).toBe('0.3 of 6.0 MB');
  });

  test('time is minutes and seconds, and never negative', () => {
    expect([0, 65_400, 7_209_000, -5].map(durationText)).toEqual(['0:00', '1:05', '2:00:09', '0:00']);
  });

  test('SI prefixes follow the rounded value', () => {
    expect([0, 950, 999.9, 1.234e6, 5e14, -2e9].map((value) => plain(siText(value, 'FLOPs')))).toEqual([
      '0 FLOPs',
      '950 FLOPs',
      '1 kFLOPs',
      '1.23 MFLOPs',
      '500 TFLOPs',
      '−2 GFLOPs',
    ]);
  });

  test('a metric keeps its width, and a fraction in per cent is shown as such', () => {
    expect(plain(metricText(accuracy, 0.87654))).toBe('87.7 %');
    expect([0.5, 12.34567, 0.0000012].map((value) => metricNumber(loss, value))).toEqual([
      '0.5000',
      '12.35',
      '1.200e−6',
    ]);
    expect([NaN, Infinity, -Infinity].map((value) => metricNumber(loss, value))).toEqual(['NaN', '∞', '−∞']);
  });

  test('differences are signed, and those of percentages are points', () => {
    expect(plain(differenceText(accuracy, 0.0123))).toBe('+1.23 points');
    expect(plain(differenceText(loss, -0.25))).toBe('−0.2500 nats');
  });

  test('a fraction may be negative, and what rounds to zero has no sign', () => {
    expect(plain(metricText(deltaM, -0.032))).toBe('−3.2 %');
    expect(plain(metricText(deltaM, -12.5))).toBe('−1,250.0 %');
    expect([-0.0004, 0, 0.0004].map((value) => metricNumber(deltaM, value))).toEqual(['0.0', '0.0', '0.0']);
    expect(plain(spreadText(deltaM, -0.032, 0.0047))).toBe('−3.2 ± 0.5 %');
    expect(metricNumber(loss, -0.0000012)).toBe('−1.200e−6');
  });

  test('differences of such fractions are points, whichever side of zero they lie on', () => {
    expect(plain(differenceText(deltaM, -0.032 - 0.011))).toBe('−4.30 points');
    expect(plain(differenceText(deltaM, -0.011 - -0.032))).toBe('+2.10 points');
    const words = wordingOf({
      ...{ title: 'Δm', unit: '%', xLabel: 'Step', xUnit: '', xFormat: String },
      format: (value) => metricText(deltaM, value),
    });
    expect(plain(words.value(-0.032))).toBe('−3.2 %');
    expect([-0.043, 0.021].map((value) => plain(words.difference(value)))).toEqual([
      '−4.3 points',
      '+2.1 points',
    ]);
  });

  test('an axis across zero writes fractions in per cent on both sides', () => {
    expect(yTicks([-0.05, 0.1], false, '%', 7).map(({ label }) => label)).toEqual(['−5%', '0%', '5%', '10%']);
  });
});
