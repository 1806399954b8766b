import { describe, expect, it } from 'vitest';
import {
  cloudOf,
  cloudWords,
  powerText,
  responseReading,
  responsesIn,
  spreadOf,
} from '../../src/experiments/tract/lens/image-responses';
import {
  conditionNumber,
  conditionWords,
  damping,
  eigenvaluesIn,
  extremes,
  firstHardlyDamped,
  spectrumWords,
  type InputSpectrum,
} from '../../src/experiments/tract/lens/input-spectrum';
import { foldText, ordinal, shortNumber } from '../../src/experiments/tract/lens/number-words';
import { fitPowerLaw, valueAt } from '../../src/experiments/tract/lens/power-law';
import { createRng } from '../../src/math/philox-rng';
import { responses } from '../../src/methods/tract/response';

describe('a fitted power', () => {
  const x = [0.1, 0.2, 0.4, 0.8, 1.6];

  it('is found exactly where there is one', () => {
    const law = fitPowerLaw(
      x,
      x.map((value) => 3 * value ** 2),
    );
    expect(law?.power).toBeCloseTo(2, 10);
    expect(law?.factor).toBeCloseTo(3, 10);
    expect(law?.standardError).toBeCloseTo(0, 10);
    expect(law && valueAt(law, 10)).toBeCloseTo(300, 6);
  });

  it('has the standard error of a line through logarithms', () => {
    // log y = log x + (1, −1, −1, 1): by hand, slope 1 + 0 and residual sum of squares 4 over Σ(log x − mean)² = 5 log²2.
    const four = [1, 2, 4, 8];
    const law = fitPowerLaw(
      four,
      four.map((value, i) => value * Math.exp(i === 0 || i === 3 ? 1 : -1)),
    );
    expect(law?.power).toBeCloseTo(1, 10);
    expect(law?.standardError).toBeCloseTo(Math.sqrt(4 / 2 / (5 * Math.log(2) ** 2)), 10);
  });

  it('leaves out what has no logarithm', () => {
    const law = fitPowerLaw([...x, 0, 1, 1, NaN], [...x, 1, 0, Infinity, 1]);
    expect(law?.n).toBe(5);
    expect(law?.power).toBeCloseTo(1, 10);
  });

  it('is not told of too few, nor of values that hardly differ', () => {
    expect(fitPowerLaw([1, 2], [1, 2])).toBeNull();
    expect(fitPowerLaw([1, 1.1, 1.4], [1, 2, 3])).toBeNull();
    expect(fitPowerLaw([1, 1, 1], [1, 2, 3])).toBeNull();
  });
});

describe('the response of images that differ in contrast alone', () => {
  /** One picture of 9 patches of 4 values at eight contrasts. */
  const contrasts = [0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8, 1];
  const rng = createRng(1);
  const picture = Array.from({ length: 36 }, () => rng.normal());
  const wanted = Array.from({ length: 9 * 3 }, () => rng.normal());
  const measured = (lambda: number) => {
    const arrays = responses(
      {
        x: Float32Array.from(contrasts.flatMap((contrast) => picture.map((value) => contrast * value))),
        dz: Float32Array.from(contrasts.flatMap(() => wanted)),
        images: contrasts.length,
        rows: 9,
      },
      lambda,
    );
    const column = (values: Float32Array) => ({ shape: [contrasts.length], values });
    return {
      contrast: column(Float32Array.from(contrasts)),
      asked: column(arrays.asked),
      vanilla: column(arrays.vanilla),
      tract: column(arrays.tract),
    };
  };

  it('grows with the square of contrast for the plain gradient and not at all for TrAct with a small λ', () => {
    const small = measured(1e-6);
    for (const measure of ['share', 'size'] as const) {
      expect(cloudOf(small, 'vanilla', measure).law?.power).toBeCloseTo(2, 4);
      expect(cloudOf(small, 'tract', measure).law?.power).toBeCloseTo(0, 3);
    }
    expect(
      responseReading(cloudOf(small, 'vanilla', 'share'), cloudOf(small, 'tract', 'share'), 'share'),
    ).toBe(
      'An image of twice the contrast changes its pre-activations 4 times as much with the vanilla update, and just as much with TrAct, measured against what its loss asks for.',
    );
    expect(cloudWords(cloudOf(small, 'tract', 'share'))).toBe(
      'hardly depends on contrast: power 0.00 ± 0.00; nearly the same for all images',
    );
  });

  it('becomes the plain gradient’s as λ grows', () => {
    expect(cloudOf(measured(1e6), 'tract', 'share').law?.power).toBeCloseTo(2, 3);
    expect(cloudWords(cloudOf(measured(1e6), 'tract', 'share'))).toMatch(
      /^grows with contrast to the power 2\.00 ± 0\.00; 90\u00a0% of images within \d+\u2011fold$/,
    );
  });
});

describe('words about responses', () => {
  const cloud = (power: number, standardError: number) => ({
    sizes: [],
    spread: 3.21,
    law: { power, standardError, factor: 1, n: 64 },
  });

  it('say what the numbers allow, and no more', () => {
    expect(cloudWords(cloud(1.83, 0.225))).toBe(
      'grows with contrast to the power 1.83 ± 0.45; 90\u00a0% of images within 3.2\u2011fold',
    );
    expect(cloudWords(cloud(-0.5, 0.1))).toContain('falls with contrast to the power −0.50 ± 0.20');
    expect(cloudWords(cloud(0.1, 0.05))).toContain('hardly depends');
    expect(cloudWords(cloud(0.24, 0.65))).toContain('no clear dependence');
    expect(powerText({ power: -0.001, standardError: 0, factor: 1, n: 3 })).toBe('0.00 ± 0.00');
  });

  it('the reading leaves open what is not clear', () => {
    const [clear, open] = [cloud(1, 0.1), cloud(0.24, 0.65)];
    expect(responseReading(clear, open, 'size')).toBe(
      'An image of twice the contrast changes its pre-activations 2 times as much with the vanilla update. It is not clear how it depends on contrast with TrAct.',
    );
    expect(responseReading(open, open, 'size')).toContain('With neither update is it clear');
    expect(responseReading({ ...clear, law: null }, clear, 'size')).toContain('differ less than 1.5-fold');
  });

  it('a spread of the middle 90 per cent', () => {
    const hundred = Array.from({ length: 101 }, (_, i) => 100 + i);
    expect(spreadOf(hundred)).toBeCloseTo(195 / 105, 12);
    expect(spreadOf([0, NaN, Infinity, 2, 2])).toBe(1);
    expect(spreadOf([])).toBeNaN();
  });

  it('are read of a snapshot that has them', () => {
    expect(responsesIn({ name: 'response', step: 0, arrays: {} })).toBeNull();
  });
});

describe('the spectrum of the inputs', () => {
  const full: InputSpectrum = { eigenvalues: [9.9, 0.9, 0.1, 0.05], inputs: 4, lambda: 0.1 };

  it('is read of a snapshot that has it', () => {
    const values = Float32Array.of(2, 1);
    expect(
      eigenvaluesIn({ name: 'spectrum', step: 0, arrays: { eigenvalues: { shape: [2], values } } }),
    ).toBe(values);
    expect(eigenvaluesIn({ name: 'spectrum', step: 0, arrays: {} })).toBeNull();
  });

  it('condition number with λ and without', () => {
    expect(conditionNumber(full)).toBeCloseTo(10 / 0.15, 10);
    expect(conditionNumber(full, 0)).toBeCloseTo(198, 10);
    expect(conditionWords(full)).toBe(
      'Condition number (λmax + λ) / (λmin + λ) = 66.7; that of C alone is 198.',
    );
  });

  it('counts directions along which nothing varies', () => {
    const short = { ...full, inputs: 6 };
    expect(extremes(short)).toEqual({ largest: 9.9, smallest: 0 });
    expect(conditionNumber(short)).toBeCloseTo(100, 10);
    expect(conditionWords(short)).toContain('that of C alone is infinite');
    expect(damping(short, 5)).toBe(1);
  });

  it('says how much each direction is damped', () => {
    expect(damping(full, 1)).toBeCloseTo(10 / 0.15, 10);
    expect(firstHardlyDamped(full)).toBe(3);
    expect(spectrumWords(full, true)).toBe(
      'With λ = 0.1, TrAct divides the gradient along each direction by its eigenvalue + λ: by 10 along the largest of 4, by 0.15 along the smallest. ' +
        'Against the smallest, the gradient along the largest is damped 67\u2011fold, along the 2nd 6.7\u2011fold, from the 3rd on less than twofold.',
    );
    expect(spectrumWords(full, false)).toContain('TrAct would divide');
  });

  it('says so where λ leaves nothing to damp', () => {
    expect(spectrumWords({ ...full, lambda: 100 }, true)).toContain(
      'is damped 1.1\u2011fold, like all others',
    );
  });
});

describe('numbers in words', () => {
  it('short', () => {
    expect([24.12, 0.00314, 12345, 3.14e-7, 2.5e8, 0, -0.5].map((value) => shortNumber(value))).toEqual([
      '24.1',
      '0.00314',
      '12,300',
      '3.14 × 10⁻⁷',
      '2.5 × 10⁸',
      '0',
      '−0.5',
    ]);
    expect([NaN, Infinity, -Infinity].map((value) => shortNumber(value))).toEqual(['NaN', '∞', '−∞']);
  });

  it('folds and places', () => {
    expect([foldText(3.71), foldText(239)]).toEqual(['3.7\u2011fold', '240\u2011fold']);
    expect([1, 2, 3, 4, 11, 12, 13, 21, 112, 1023].map(ordinal)).toEqual([
      '1st',
      '2nd',
      '3rd',
      '4th',
      '11th',
      '12th',
      '13th',
      '21st',
      '112th',
      '1,023rd',
    ]);
  });
});
