import type { IntKnob, RealKnob } from '../spec/knob';

type NumberKnob = IntKnob | RealKnob;

/** Positions of every slider: 0 to this. */
export const SLIDER_STEPS = 200;

/** Wide ranges of whole numbers are easier to set by their order of magnitude, whatever the card says. */
const isLog = (knob: NumberKnob): boolean =>
  knob.kind === 'real' ? knob.scale === 'log' : (knob.max + 1) / (knob.min + 1) >= 100;

/** Whole-number ranges may begin at 0, which has no logarithm. */
const offsetOf = (knob: NumberKnob): number => (knob.kind === 'int' ? 1 : 0);

/** Where a value lies on its knob's slider. */
export function sliderPosition(knob: NumberKnob, value: number): number {
  const { min, max } = knob;
  if (max <= min) return 0;
  const offset = offsetOf(knob);
  const share = isLog(knob)
    ? Math.log((value + offset) / (min + offset)) / Math.log((max + offset) / (min + offset))
    : (value - min) / (max - min);
  return Math.round(Math.min(1, Math.max(0, share)) * SLIDER_STEPS);
}

/** The value at a slider position: a round number within the bounds, and exactly the bounds at the ends. */
export function sliderValue(knob: NumberKnob, position: number): number {
  const { min, max } = knob;
  if (position <= 0) return min;
  if (position >= SLIDER_STEPS) return max;
  const share = position / SLIDER_STEPS;
  const offset = offsetOf(knob);
  const exact = isLog(knob)
    ? (min + offset) * ((max + offset) / (min + offset)) ** share - offset
    : min + share * (max - min);
  const rounded = isLog(knob) ? Number(exact.toPrecision(2)) : roundTo(exact, (max - min) / 100);
  const value = knob.kind === 'int' ? Math.round(rounded) : rounded;
  return Math.min(max, Math.max(min, value));
}

/** The value one notch up or down, for arrow keys: the next whole number, or the next value on the slider. */
export function neighbour(knob: NumberKnob, value: number, direction: 1 | -1): number {
  if (knob.kind === 'int') return Math.min(knob.max, Math.max(knob.min, value + direction));
  const start = sliderPosition(knob, value);
  for (let position = start; position >= 0 && position <= SLIDER_STEPS; position += direction) {
    const next = sliderValue(knob, position);
    if (direction * (next - value) > 0) return next;
  }
  return value;
}

/** To the nearest multiple of the power of ten below `grain`. */
function roundTo(value: number, grain: number): number {
  const decimals = Math.max(0, -Math.floor(Math.log10(grain)));
  return Number(value.toFixed(decimals));
}
