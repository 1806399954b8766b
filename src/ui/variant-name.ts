import type { Card, Sweep } from '../run/card';
import type { KnobValue, Spec } from '../spec/knob';
import { knobValueFromText } from '../spec/link';
import { knobValueText, labelInSentence } from './knob-text';

/** Where a variant comes from: one of the card's, and what it sets beyond that. */
export interface Derivation {
  /** Name of the card's variant; null where none is part of it. */
  base: string | null;
  extra: Spec;
  /** The card's sweep that makes this variant of `base`, if there is one: `extra` is then its knob alone. */
  sweep: Sweep | null;
}

const isValue = (value: unknown): value is KnobValue =>
  typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string';

/** What a variant's name says it sets; null for a name that says no such thing. Inverse of `customVariant`. */
function settingsIn(card: Card, name: string): Spec | null {
  const settings: Record<string, KnobValue> = {};
  for (const pair of name.split(',')) {
    const colon = pair.indexOf(':');
    const knob = colon < 0 ? undefined : card.knobs[pair.slice(0, colon)];
    const value = knob && knobValueFromText(knob, pair.slice(colon + 1));
    if (!isValue(value)) return null;
    settings[pair.slice(0, colon)] = value;
  }
  return settings;
}

const knobsOf = (settings: object): string[] => Object.keys(settings);

/** The sweep that sets one of the knobs in `extra` on top of the card's variant `base`: where several do, to its value. */
function sweepOf(card: Card, base: string, extra: Spec): Sweep | null {
  const over = (card.sweeps ?? []).flatMap((sweep) => {
    const value = extra[sweep.knob];
    return value !== undefined && sweep.variants.includes(base) ? [{ sweep, value }] : [];
  });
  const exact = over.find(({ sweep, value }) => sweep.values.includes(value));
  return (exact ?? over[0])?.sweep ?? null;
}

/**
 * Takes a variant apart by its name: the card's variant that leaves least to be said, one that a sweep builds on first
 * among equals. A variant of the card that sets nothing is part of every other, so it counts only where a sweep builds on it.
 */
export function derivationOf(card: Card, name: string): Derivation {
  let known = derivations.get(card);
  if (!known) derivations.set(card, (known = new Map<string, Derivation>()));
  let derivation = known.get(name);
  if (!derivation) known.set(name, (derivation = derive(card, name)));
  return derivation;
}

/** Charts ask for every run in every frame. */
const derivations = new WeakMap<Card, Map<string, Derivation>>();

function derive(card: Card, name: string): Derivation {
  if (Object.hasOwn(card.variants, name)) return { base: name, extra: {}, sweep: null };
  const settings = settingsIn(card, name);
  if (!settings) return { base: null, extra: {}, sweep: null };
  const found = Object.entries(card.variants).flatMap(([base, diff]): Derivation[] => {
    if (!knobsOf(diff).every((knob) => diff[knob] === settings[knob])) return [];
    const extra = Object.fromEntries(Object.entries(settings).filter(([knob]) => !Object.hasOwn(diff, knob)));
    const sweep = sweepOf(card, base, extra);
    return knobsOf(diff).length > 0 || sweep ? [{ base, extra, sweep }] : [];
  });
  const rank = ({ extra, sweep }: Derivation): number => 2 * knobsOf(extra).length - (sweep ? 1 : 0);
  const [best] = found.toSorted((a, b) => rank(a) - rank(b));
  if (!best) return { base: null, extra: settings, sweep: null };
  return knobsOf(best.extra).length === 1 ? best : { ...best, sweep: null };
}

/** Settings in words: `capacity 25 %, width 32`. */
export const settingsText = (card: Card, settings: Spec): string =>
  Object.entries(settings)
    .map(([name, value]) => {
      const knob = card.knobs[name];
      return knob ? `${labelInSentence(knob.label)} ${knobValueText(knob, value)}` : `${name} ${value}`;
    })
    .join(', ');

/**
 * A variant's name for reading: the card's own as they are, one made on the page by what it comes from and what it sets
 * beyond that, `A-MoD, capacity 25 %`.
 */
export function variantTitle(card: Card, name: string): string {
  const { base, extra } = derivationOf(card, name);
  return [base ?? '', settingsText(card, extra)].filter((part) => part !== '').join(', ') || name;
}

/** A run's name for reading: `A-MoD, capacity 25 %, seed 2`. */
export const runTitle = (card: Card, { variant, seed }: { variant: string; seed: number }): string =>
  `${variantTitle(card, variant)}, seed ${seed}`;
