import type { Card } from '../run/card';
import { PALETTES, paletteIndex } from './palette';
import { derivationOf } from './variant-name';

/**
 * Place of every variant in the palette: 0 is the baseline, 1 the method, then what the card and its presets compare, the
 * card's other variants, and those made on the page in the order given. There are more variants than colours, so one
 * passes over places in the colour of another that card, preset or sweep puts beside it. What a sweep makes of a variant
 * has that variant's place. A variant keeps its colour whatever else is compared.
 */
export function seriesNumbers(card: Card, alsoNamed: readonly string[]): ReadonlyMap<string, number> {
  const method = card.compare.filter((name) => name !== card.baseline).slice(0, 1);
  const compared = [card.compare, ...Object.values(card.presets).flatMap(({ compare }) => [compare ?? []])];
  const swept = (card.sweeps ?? []).map(({ variants, beside }) => [...variants, ...beside]);

  const numbers = new Map<string, number>();
  const place = (name: string): void => {
    if (numbers.has(name)) return;
    const beside = [...compared, ...swept].filter((names) => names.includes(name)).flat();
    const colours = beside.flatMap((other) => numbers.get(other) ?? []).map(paletteIndex);
    numbers.set(name, freePlace(new Set(numbers.values()), new Set(colours)));
  };
  [card.baseline, ...method, ...compared.flat(), ...Object.keys(card.variants)].forEach(place);

  const derived = alsoNamed.map((name) => ({ name, ...derivationOf(card, name) }));
  for (const { name, base, sweep } of derived) if (base === null || !sweep) place(name);
  for (const { name, base, sweep } of derived)
    if (base !== null && sweep) numbers.set(name, numbers.get(base) ?? 0);
  return numbers;
}

/** The first place that is not taken and has none of these colours, while the palette has others. */
function freePlace(taken: ReadonlySet<number>, colours: ReadonlySet<number>): number {
  const end = Math.max(-1, ...taken) + 1;
  // So far past the last place every colour that repeats has come again.
  const free = Array.from({ length: end + PALETTES.light.length }, (_, place) => place).filter(
    (number) => !taken.has(number),
  );
  return free.find((number) => !colours.has(paletteIndex(number))) ?? free[0] ?? end;
}
