import type { Knob, Knobs, KnobValue, Spec } from './knob';
import { digestOf } from './digest';
import { defaultsOf, problemWith, repairSpec, type Problem } from './parse-spec';

/** Version of the link grammar. Every released version stays decodable. */
export const GRAMMAR = 1;
/** More repetitions than this in one link is taken for a mistake. */
export const MAX_SEEDS = 20;
const MAX_SEED = 2 ** 32 - 1;

/** What the codec needs to know of an experiment's card. */
export interface Linkable {
  id: string;
  knobs: Knobs;
  presets: Readonly<
    Record<string, { spec: Readonly<Record<string, unknown>>; compare?: readonly string[] | undefined }>
  >;
  defaultPreset: string;
  variants: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  compare: readonly string[];
}

/** A variant under comparison: one of the card's, or one made on the page, named after its differences. */
export interface VariantChoice {
  name: string;
  diff: Spec;
}

/** All that a link says: what runs, and (in `view`) how it is seen and where it came from. */
export interface Link {
  experiment: string;
  preset: string;
  /** Base spec, complete: preset and changed knobs applied. */
  spec: Spec;
  variants: readonly VariantChoice[];
  seeds: readonly number[];
  /** Keys of the hash. Unknown ones are kept. */
  view: Readonly<Record<string, string>>;
}

export interface Decoded {
  /** Null for the home page. */
  link: Link | null;
  problems: Problem[];
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** A knob's value from text, not yet checked against the knob's bounds. */
export function knobValueFromText(knob: Knob, text: string): unknown {
  if (knob.kind === 'choice') return text;
  if (knob.kind === 'flag') return text === 'true' ? true : text === 'false' ? false : text;
  if (knob.kind === 'list') return listFromText(text);
  if (knob.kind === 'numbers') return numbersFromText(text);
  return NUMBER.test(text) ? Number(text) : text;
}

/** A list's one form from what a person may write: any order, commas or spaces, ranges such as 2-4. */
function listFromText(text: string): string {
  const parts = text.split(/[\s,;]+/).filter((part) => part !== '');
  const numbers = new Set<number>();
  for (const part of parts) {
    const match = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(part);
    if (!match) return text; // refused as it stands
    const [from, to] = [Number(match[1]), Number(match[2] ?? match[1])];
    for (let number = from; number <= to; number++) numbers.add(number);
  }
  return [...numbers].sort((a, b) => a - b).join(' ');
}

/** The one form of some numbers from what a person may write: commas or spaces, `.1` for `0.1`. */
function numbersFromText(text: string): string {
  const parts = text.split(/[\s,;]+/).filter((part) => part !== '');
  return parts.every((part) => NUMBER.test(part)) ? parts.map(Number).join(' ') : text; // refused as it stands
}

/** Spec of a preset: defaults, then what the preset sets. */
export function specOfPreset(card: Linkable, preset: string): Spec {
  return repairSpec(card.knobs, card.presets[preset]?.spec ?? {}).spec;
}

/** What a preset compares where the link does not say. */
export const variantsOfPreset = (card: Linkable, preset: string): VariantChoice[] =>
  (card.presets[preset]?.compare ?? card.compare).map((name) => namedVariant(card, name));

/** A preset as a link without further parameters opens it; the card's default one unless told. */
export function defaultLink(card: Linkable, preset = card.defaultPreset): Link {
  return {
    experiment: card.id,
    preset,
    spec: specOfPreset(card, preset),
    variants: variantsOfPreset(card, preset),
    seeds: [0],
    view: {},
  };
}

/** A variant of the card by its name. */
export function namedVariant(card: Linkable, name: string): VariantChoice {
  return { name, diff: (card.variants[name] ?? {}) as Spec };
}

/** A variant made of differences alone. It takes a card variant's name when it equals one. */
export function customVariant(card: Linkable, diff: Spec): VariantChoice {
  const text = diffText(diff);
  const known = Object.keys(card.variants).find((name) => diffText(card.variants[name] as Spec) === text);
  return { name: known ?? text, diff };
}

const diffText = (diff: Spec): string =>
  Object.keys(diff)
    .sort()
    .map((name) => `${name}:${String(diff[name])}`)
    .join(',');

/**
 * Reads a link. Never throws: every problem is listed and the default stands in its place.
 * `search` and `hash` are as `location` gives them.
 */
export function decodeLink(
  cards: ReadonlyMap<string, Linkable>,
  { search, hash }: { search: string; hash: string },
): Decoded {
  const problems: Problem[] = [];
  const query = new URLSearchParams(search);
  const view = Object.fromEntries(new URLSearchParams(hash.replace(/^#/, '')));
  for (const key of new Set(query.keys()))
    if (query.getAll(key).length > 1)
      problems.push({ where: key, message: 'given more than once; the first is used' });

  const id = query.get('e');
  const card = id === null ? undefined : cards.get(id);
  if (!card) {
    if (id !== null) problems.push({ where: 'e', message: `no experiment "${id}"` });
    else if (query.size > 0) problems.push({ where: 'e', message: 'the link names no experiment' });
    return { link: null, problems };
  }

  const version = query.get('v');
  if (version !== null && version !== String(GRAMMAR))
    problems.push({
      where: 'v',
      message: `link grammar "${version}" is not known here; read as version ${GRAMMAR}`,
    });

  let preset = query.get('p') ?? card.defaultPreset;
  if (!Object.hasOwn(card.presets, preset)) {
    problems.push({ where: 'p', message: `no preset "${preset}"` });
    preset = card.defaultPreset;
  }

  const given: Record<string, unknown> = {};
  for (const [key, text] of query) {
    if (['e', 'p', 'vs', 'seeds', 'v'].includes(key) || Object.hasOwn(given, key)) continue;
    const knob = Object.hasOwn(card.knobs, key) ? card.knobs[key] : undefined;
    given[key] = knob ? knobValueFromText(knob, text) : text;
  }
  const repaired = repairSpec(card.knobs, given, specOfPreset(card, preset));
  problems.push(...repaired.problems);

  const link: Link = {
    experiment: card.id,
    preset,
    spec: repaired.spec,
    variants: decodeVariants(card, preset, query.get('vs'), problems),
    seeds: decodeSeeds(query.get('seeds'), problems),
    view,
  };
  const made = view['spec'];
  if (made !== undefined && problems.length === 0 && made !== linkDigest(link))
    problems.push({
      where: 'spec',
      message: 'the defaults have changed since this link was made, so it may not repeat the original run',
    });
  return { link, problems };
}

function decodeVariants(
  card: Linkable,
  preset: string,
  text: string | null,
  problems: Problem[],
): VariantChoice[] {
  if (text === null) return variantsOfPreset(card, preset);
  const variants: VariantChoice[] = [];
  for (const part of text.split('|')) {
    const variant = decodeVariant(card, part, problems);
    if (!variant) continue;
    if (variants.some(({ name }) => name === variant.name))
      problems.push({ where: 'vs', message: `"${part}" is listed twice` });
    else variants.push(variant);
  }
  return variants.length > 0 ? variants : variantsOfPreset(card, preset);
}

function decodeVariant(card: Linkable, text: string, problems: Problem[]): VariantChoice | null {
  if (Object.hasOwn(card.variants, text)) return namedVariant(card, text);
  const diff: Record<string, KnobValue> = {};
  for (const pair of text.split(',')) {
    const colon = pair.indexOf(':');
    if (colon < 0) {
      problems.push({ where: 'vs', message: `no variant "${text}"` });
      return null;
    }
    const name = pair.slice(0, colon);
    const knob = Object.hasOwn(card.knobs, name) ? card.knobs[name] : undefined;
    const value = knob && knobValueFromText(knob, pair.slice(colon + 1));
    const wrong = knob ? problemWith(knob, value) : 'no such knob';
    if (wrong !== null) {
      problems.push({ where: 'vs', message: `${name}: ${wrong}` });
      return null;
    }
    diff[name] = value as KnobValue;
  }
  return customVariant(card, diff);
}

function decodeSeeds(text: string | null, problems: Problem[]): number[] {
  if (text === null) return [0];
  const seeds = new Set<number>();
  const refuse = (message: string): number[] => {
    problems.push({ where: 'seeds', message });
    return [0];
  };
  for (const part of text.split(',')) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part.trim());
    const from = Number(match?.[1]);
    const to = Number(match?.[2] ?? match?.[1]);
    if (!match || to < from || to > MAX_SEED)
      return refuse(`expected whole numbers or ranges such as 0-2, got "${text}"`);
    if (to - from >= MAX_SEEDS) return refuse(`at most ${MAX_SEEDS} seeds, got "${text}"`);
    for (let seed = from; seed <= to; seed++) seeds.add(seed);
  }
  if (seeds.size > MAX_SEEDS) return refuse(`at most ${MAX_SEEDS} seeds, got "${text}"`);
  return [...seeds].sort((a, b) => a - b);
}

/** Seeds in their shortest form, for example `0-2,5`. */
export function seedsText(seeds: readonly number[]): string {
  const sorted = [...seeds].sort((a, b) => a - b);
  const ranges: [number, number][] = [];
  for (const seed of sorted) {
    const last = ranges.at(-1);
    if (last && seed <= last[1] + 1) last[1] = seed;
    else ranges.push([seed, seed]);
  }
  return ranges.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(',');
}

/**
 * Writes a link canonically: only what differs from the preset and the card's defaults, knobs in alphabetical order.
 * `decodeLink(encodeLink(link))` is the same link.
 */
export function encodeLink(card: Linkable, link: Link): { search: string; hash: string } {
  const usual = defaultLink(card, link.preset);
  const query: [string, string][] = [['e', card.id]];
  if (link.preset !== card.defaultPreset) query.push(['p', link.preset]);
  for (const name of Object.keys(card.knobs).sort())
    if (link.spec[name] !== usual.spec[name]) query.push([name, String(link.spec[name])]);
  const variants = variantsText(card, link.variants);
  if (variants !== variantsText(card, usual.variants)) query.push(['vs', variants]);
  const seeds = seedsText(link.seeds);
  if (seeds !== seedsText(usual.seeds)) query.push(['seeds', seeds]);
  query.push(['v', String(GRAMMAR)]);
  const view = Object.entries(link.view).sort(([a], [b]) => (a < b ? -1 : 1));
  return { search: `?${urlText(query)}`, hash: view.length > 0 ? `#${urlText(view)}` : '' };
}

const variantsText = (card: Linkable, variants: readonly VariantChoice[]): string =>
  variants.map(({ name, diff }) => (Object.hasOwn(card.variants, name) ? name : diffText(diff))).join('|');

/** Percent-encoded, but with the grammar's own separators left readable; they are legal in a query and a hash. */
const urlText = (pairs: [string, string][]): string =>
  new URLSearchParams(pairs).toString().replaceAll('%3A', ':').replaceAll('%2C', ',').replaceAll('%7C', '|');

/**
 * Short digest (8 hexadecimal digits) of what a link runs, with every default expanded. Links carry it, so that a
 * changed default is noticed.
 */
export function linkDigest(link: Link): string {
  const runs = link.variants.map(({ diff }) => ({ ...link.spec, ...diff }));
  return digestOf({ experiment: link.experiment, runs, seeds: link.seeds }).slice(0, 8);
}

/** The spec a variant runs: the base with the variant's differences applied. */
export function variantSpec(card: Linkable, base: Spec, variant: VariantChoice): Spec {
  return { ...defaultsOf(card.knobs), ...base, ...variant.diff };
}
