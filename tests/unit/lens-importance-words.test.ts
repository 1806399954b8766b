import { describe, expect, it } from 'vitest';
import {
  coefficientText,
  correlationText,
  meaning,
  probabilityText,
} from '../../src/experiments/mixture-of-depths/lens/importance-words';
import type { BlockImportance, Importance } from '../../src/experiments/mixture-of-depths/questions';

describe('correlations in words', () => {
  it('coefficients keep their width, and minus is a minus', () => {
    expect(coefficientText(0.4149)).toBe('+0.41');
    expect(coefficientText(-0.05)).toBe('−0.05');
    expect(coefficientText(-0.001)).toBe('0.00');
    expect(coefficientText(NaN)).toBe('not defined');
  });

  it('probabilities are exact down to what numbers hold', () => {
    expect(probabilityText(0.0314)).toBe('0.031');
    expect(probabilityText(1)).toBe('1.000');
    expect(probabilityText(3.24e-12)).toBe('3.2 × 10⁻¹²');
    expect(probabilityText(0.00099)).toBe('9.9 × 10⁻⁴');
    expect(probabilityText(0)).toBe('< 10⁻³⁰⁰');
    expect(probabilityText(NaN)).toBe('not defined');
  });

  it('one line with coefficient, p and n', () => {
    expect(correlationText('r', { coefficient: 0.41, p: 3.2e-12, n: 1568 })).toBe(
      'r = +0.41, p = 3.2 × 10⁻¹², n = 1,568',
    );
    expect(correlationText('ρ', { coefficient: 0.9, p: 0, n: 4 })).toBe('ρ = +0.90, p < 10⁻³⁰⁰, n = 4');
  });
});

describe('what it means', () => {
  /** Blocks with the given signed Spearman correlations; the absolute ones say the opposite. */
  const measured = (...signed: readonly (readonly [coefficient: number, p: number])[]): Importance => ({
    kind: 'importance',
    step: 60,
    images: 1,
    blocks: signed.map(([coefficient, p], index): BlockImportance => {
      const correlation = { coefficient, p, n: 9 };
      const opposite = { coefficient: -coefficient, p, n: 9 };
      return {
        block: 2 * index + 2,
        scores: new Float32Array(9),
        importance: new Float32Array(9),
        pearson: correlation,
        spearman: correlation,
        pearsonAbsolute: opposite,
        spearmanAbsolute: opposite,
      };
    }),
  });

  it('high everywhere: as the paper reports', () => {
    const words = meaning(measured([0.4, 1e-20], [0.3, 1e-12]), false);
    expect(words).toContain('all 2 routed blocks');
    expect(words).toContain('raises the loss more');
    expect(words).toContain('10⁻⁸');
  });

  it('high in some, the other way round, and nothing', () => {
    expect(meaning(measured([0.4, 1e-20], [0.01, 0.6]), false)).toContain('At 1 of 2 routed blocks');
    expect(meaning(measured([0.4, 1e-20], [-0.2, 1e-9]), false)).toContain('or the other way round');
    expect(meaning(measured([-0.4, 1e-20]), false)).toContain('matter less');
    expect(meaning(measured([0.05, 0.4]), false)).toContain('say little');
  });

  it('follows the kind that is shown', () => {
    expect(meaning(measured([-0.4, 1e-20]), true)).toContain('changes the loss more');
  });

  it('says so where there is nothing to correlate', () => {
    expect(meaning(measured([NaN, NaN]), false)).toContain('nothing to correlate');
    expect(meaning(measured(), false)).toContain('No block');
  });
});
