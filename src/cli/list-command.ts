import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { stdout } from 'node:process';
import { cards } from '../experiments/cards';
import { listingOf } from '../run/listing';
import type { ListCommand } from './arguments';
import { readableJson } from './measured-file';

/** Prints the experiments, what can stand in a link, or writes what the home page says of them. */
export async function listCommand({ json, write }: ListCommand): Promise<void> {
  const list = [...cards.values()];
  if (write) {
    for (const card of list) {
      const file = path.join('src', 'experiments', card.id, 'listing.json');
      await writeFile(file, `${readableJson(listingOf(card))}\n`);
    }
    return;
  }
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
