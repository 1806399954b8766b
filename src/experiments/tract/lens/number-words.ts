import { countText } from '../../../ui/quantity';

const SUPERSCRIPT = '⁰¹²³⁴⁵⁶⁷⁸⁹';
const MINUS = '\u2212';

/** A power of ten in superscript: `10⁻⁸`. */
const powerOfTen = (exponent: number): string =>
  `10${exponent < 0 ? '⁻' : ''}${String(Math.abs(exponent)).replace(/\d/g, (digit) => SUPERSCRIPT.charAt(Number(digit)))}`;

/** A number of so many significant digits in its shortest form: `24.1`, `0.0031`, `12,000`, `3.1 × 10⁻⁷`. */
export function shortNumber(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '∞' : `${MINUS}∞`;
  const rounded = Number(value.toPrecision(digits));
  const size = Math.abs(rounded);
  if (size >= 1000 && size < 1e6) return countText(rounded);
  if (size === 0 || (size >= 1e-4 && size < 1000)) return String(rounded).replace('-', MINUS);
  const [mantissa = '', exponent = '0'] = rounded.toExponential().split('e');
  return `${mantissa.replace('-', MINUS)} × ${powerOfTen(Number(exponent))}`;
}

/** A number of so many decimals; what rounds to zero has no sign. */
export function fixedNumber(value: number, decimals = 2): string {
  const size = Math.abs(value).toFixed(decimals);
  return value < 0 && Number(size) !== 0 ? MINUS + size : size;
}

/** A ratio in two significant digits: `3.7-fold`, `240-fold`, never parted at a line's end. */
export const foldText = (ratio: number): string => `${shortNumber(ratio, 2)}\u2011fold`;

/** A place in a row: `1st`, `22nd`, `113th`. */
export function ordinal(n: number): string {
  const ending = n % 100 >= 11 && n % 100 <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th');
  return `${countText(n)}${ending}`;
}
