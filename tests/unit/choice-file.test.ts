import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ChoiceFile } from '../../src/cli/choice-file';

let folder = '';
beforeAll(async () => (folder = await mkdtemp(path.join(tmpdir(), 'seedlab-choices-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

const tiled = { variant: 'tiled', ms: { portable: 2, tiled: 1 } };
const portable = { variant: 'portable', ms: {} };

test('choices outlive the process, by adapter, and the first one stands', async () => {
  const file = path.join(folder, 'new/choices.jsonl');
  const [one, other] = [new ChoiceFile(file), new ChoiceFile(file)];
  expect(await one.find('card', ['a'])).toEqual(new Map());
  expect(await one.settle('card', new Map([['a', tiled]]))).toEqual(new Map([['a', tiled]]));
  const both = new Map([
    ['a', portable],
    ['b', portable],
  ]);
  expect(Object.fromEntries(await other.settle('card', both))).toEqual({ a: tiled, b: portable });
  expect(Object.fromEntries(await one.find('card', ['b', 'c']))).toEqual({ b: portable });
  expect((await one.find('another card', ['a', 'b'])).size).toBe(0);
});

test('two that time the same kernel at once agree, and a line cut short is passed over', async () => {
  const file = path.join(folder, 'shared.jsonl');
  await appendFile(file, '{"adapter":"card","key":"a","vari\nnull\n');
  const settled = await Promise.all(
    [tiled, portable].map((choice) => new ChoiceFile(file).settle('card', new Map([['a', choice]]))),
  );
  const standing = await new ChoiceFile(file).find('card', ['a']);
  expect(standing.size).toBe(1);
  for (const each of settled) expect(each).toEqual(standing);
});

test('a file that cannot be written is an error', async () => {
  const file = path.join(folder, 'plain');
  await appendFile(file, '');
  await expect(
    new ChoiceFile(path.join(file, 'choices')).settle('card', new Map([['a', tiled]])),
  ).rejects.toThrow();
});
