import type { Card } from '../../run/card';
import type { VariantChoice } from '../../spec/link';
import { knobValueText, labelInSentence } from '../knob-text';
import { derivationOf, variantTitle } from '../variant-name';

/** Variants that are listed as one: those that a sweep makes of one variant, or one alone. */
export interface VariantGroup {
  /** `A-MoD, capacity`, or the name of one alone. */
  title: string;
  /** With what tells each from the others: `25 %`. */
  members: { variant: VariantChoice; value: string }[];
}

/** The compared variants, in their order, with what belongs to one sweep under one name. */
export function variantGroups(card: Card, variants: readonly VariantChoice[]): VariantGroup[] {
  const groups = new Map<string, VariantGroup>();
  for (const variant of variants) {
    const { base, extra, sweep } = derivationOf(card, variant.name);
    const knob = sweep && card.knobs[sweep.knob];
    const value = sweep ? extra[sweep.knob] : undefined;
    const isSwept = base !== null && sweep && knob && value !== undefined;
    const key = isSwept ? `${base}|${sweep.knob}` : variant.name;
    const title = isSwept ? `${base}, ${labelInSentence(knob.label)}` : variantTitle(card, variant.name);
    const group = groups.get(key) ?? { title, members: [] };
    group.members.push({ variant, value: isSwept ? knobValueText(knob, value) : '' });
    groups.set(key, group);
  }
  return [...groups.values()];
}
