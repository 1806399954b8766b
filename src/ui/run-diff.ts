import type { Knobs, Spec } from '../spec/knob';
import { knobText, knobValueText, labelInSentence } from './knob-text';

/** One knob on which two settings differ, in words. */
export interface Difference {
  knob: string;
  text: string;
}

/** Knobs on which `spec` differs from `base`, in the card's order: `router A-MoD instead of Dense`. */
export function differencesOf(knobs: Knobs, spec: Spec, base: Spec): Difference[] {
  const found: Difference[] = [];
  for (const [name, knob] of Object.entries(knobs)) {
    const here = spec[name];
    const there = base[name];
    if (here === there || here === undefined || there === undefined) continue;
    const text = `${labelInSentence(knob.label)} ${knobValueText(knob, here)} instead of ${knobText(knob, there)}`;
    found.push({ knob: name, text });
  }
  return found;
}

/** More differences than this are counted rather than told. */
const TOLD = 3;

/** The same as one part of a sentence; empty where nothing differs. */
export function diffSentence(knobs: Knobs, spec: Spec, base: Spec): string {
  const texts = differencesOf(knobs, spec, base).map(({ text }) => text);
  const more = texts.length - TOLD;
  // One more takes no more room than saying that there is one more.
  return more > 1 ? `${texts.slice(0, TOLD).join(', ')} and ${more} more` : texts.join(', ');
}
