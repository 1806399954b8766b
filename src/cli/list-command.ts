import { stdout } from 'node:process';
import { cards } from '../experiments/cards';
import type { ListCommand } from './arguments';

/** Prints the experiments: what can stand in a link. */
export function listCommand({ json }: ListCommand): void {
  const list = [...cards.values()];
  if (json) {
    const plain = list.map(({ id, title, summary, seed, knobs, presets, variants, compare, metrics }) => ({
      ...{ id, title, summary, paper: seed.url, knobs, presets, variants, compare, metrics },
    }));
    stdout.write(`${JSON.stringify(plain, null, 2)}\n`);
    return;
  }
  for (const { id, title, summary, presets, variants, knobs } of list)
    stdout.write(
      `${id}: ${title}\n  ${summary}\n` +
        `  presets   ${Object.keys(presets).join(', ')}\n` +
        `  variants  ${Object.keys(variants).join(', ')}\n` +
        `  knobs     ${Object.keys(knobs).join(', ')}\n`,
    );
}
