import { numbersIn, type Knob, type KnobValue } from '../spec/knob';
import { countText } from './quantity';

/** Whether a knob is a share of something, and so reads better in per cent: its unit says of what. */
export const isShare = (knob: Knob): boolean =>
  knob.kind === 'real' && knob.min >= 0 && knob.max <= 1 && (knob.unit ?? '').startsWith('of ');

/** A number in its shortest form, without the noise of binary fractions: 0.30000000000000004 is 0.3. */
export const plainNumber = (value: number): string => String(Number(value.toPrecision(6)));

/** A share as per cent: `6.25 %`. */
export const shareText = (value: number): string => `${plainNumber(value * 100)}\u00a0%`;

/** A knob's value in words, without its unit. */
export function knobValueText(knob: Knob, value: KnobValue): string {
  if (knob.kind === 'choice') return knob.labels?.[String(value)] ?? String(value);
  if (knob.kind === 'flag') return value === true ? 'on' : 'off';
  if (knob.kind === 'list') return value === '' ? 'none' : numbersIn(String(value)).join(', ');
  if (knob.kind === 'numbers') return numbersIn(String(value)).join(', ');
  if (isShare(knob)) return shareText(Number(value));
  return knob.kind === 'int' ? countText(Number(value)) : plainNumber(Number(value));
}

/** A knob's value in words with its unit: `50 % of tokens`. */
export function knobText(knob: Knob, value: KnobValue): string {
  const unit = knob.unit ? `\u00a0${knob.unit}` : '';
  return knobValueText(knob, value) + unit;
}

/** A label as it stands inside a sentence: `capacity`, but `MLP ratio`. */
export const labelInSentence = (label: string): string =>
  /^[A-Z][a-z]/.test(label) ? label.charAt(0).toLowerCase() + label.slice(1) : label;
