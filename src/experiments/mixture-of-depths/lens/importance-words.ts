import { countText } from '../../../ui/quantity';
import type { BlockImportance, Correlation, Importance } from '../questions';

const MINUS = '\u2212';
const SUPERSCRIPT = '⁰¹²³⁴⁵⁶⁷⁸⁹';
/** Below this a probability is only said to be smaller. */
const SMALLEST = 1e-300;
/** What the paper reports of every layer of A-MoD. */
const PAPER_P = 1e-8;

/** A power of ten in superscript: `10⁻⁸`. */
const powerOfTen = (exponent: number): string =>
  `10${exponent < 0 ? '⁻' : ''}${String(Math.abs(exponent)).replace(/\d/g, (digit) => SUPERSCRIPT.charAt(Number(digit)))}`;

/** A coefficient with its sign, which does not change its width: `+0.41`. */
export function coefficientText(value: number): string {
  if (!Number.isFinite(value)) return 'not defined';
  const size = Math.abs(value).toFixed(2);
  return `${size === '0.00' ? '' : value < 0 ? MINUS : '+'}${size}`;
}

/** A probability: `0.031`, `3.2 × 10⁻¹²`, `< 10⁻³⁰⁰`. */
export function probabilityText(p: number): string {
  if (Number.isNaN(p)) return 'not defined';
  if (p < SMALLEST) return `< ${powerOfTen(-300)}`;
  if (p >= 0.001) return p.toFixed(3);
  const [digits = '', exponent = '0'] = p.toExponential(1).split('e');
  return `${digits} × ${powerOfTen(Number(exponent))}`;
}

/** One correlation in a line: `r = +0.41, p = 3.2 × 10⁻¹², n = 784`. */
export function correlationText(symbol: string, { coefficient, p, n }: Correlation): string {
  const probability = probabilityText(p);
  return `${symbol} = ${coefficientText(coefficient)}, p ${probability.startsWith('<') ? '' : '= '}${probability}, n = ${countText(n)}`;
}

/** The pair of correlations that is shown: with the change of the loss as it is, or with its size. */
export const correlationsOf = (
  block: BlockImportance,
  absolute: boolean,
): { pearson: Correlation; spearman: Correlation } =>
  absolute
    ? { pearson: block.pearsonAbsolute, spearman: block.spearmanAbsolute }
    : { pearson: block.pearson, spearman: block.spearman };

/** What the correlations of one kind say, in plain words, next to what the paper found. */
export function meaning({ blocks }: Importance, absolute: boolean): string {
  const ranked = blocks.map((block) => correlationsOf(block, absolute).spearman);
  if (ranked.length === 0) return 'No block was measured.';
  const effect = absolute ? 'changes the loss more' : 'raises the loss more';
  const where = blocks.length === 1 ? 'At the one routed block' : `At all ${blocks.length} routed blocks`;
  const paper = `The paper (section 4.4, Fig. 7) reports consistently high correlations for A-MoD, every p below ${powerOfTen(-8)}.`;
  const clear = ranked.filter(({ coefficient, p }) => coefficient > 0 && p < PAPER_P).length;
  const against = ranked.filter(({ coefficient, p }) => coefficient < 0 && p < 0.05).length;
  const constant = ranked.filter(({ coefficient }) => !Number.isFinite(coefficient)).length;
  if (constant === ranked.length)
    return `Scores or changes of loss are all equal, so there is nothing to correlate. ${paper}`;
  if (clear === ranked.length)
    return `${where}, removing a token with a higher score ${effect}: the scores find what matters, every p below ${powerOfTen(-8)}. ${paper}`;
  if (clear > 0)
    return `At ${clear} of ${blocks.length} routed blocks, removing a token with a higher score clearly ${effect} (p below ${powerOfTen(-8)}); at the others that is not clear${against > 0 ? ', or the other way round' : ''}. ${paper}`;
  if (against > 0)
    return `At ${against} of ${blocks.length} routed blocks it is the other way round: tokens with higher scores matter less. ${paper}`;
  return `Scores say little about which tokens matter here: no block's correlation is clear (none positive with p below ${powerOfTen(-8)}). ${paper}`;
}
