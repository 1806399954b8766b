import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { stderr } from 'node:process';
import type { BackendName } from '../engine/device-info';
import type { Card } from '../run/card';
import type { Measured } from '../run/measured';
import type { RunRecord } from '../run/record';
import { specOfPreset, type Link } from '../spec/link';
import { SpecError } from '../spec/parse-spec';
import { measure, withEarlier } from './measured';

const refuse = (message: string): never => {
  throw new SpecError([{ where: '--measured', message }]);
};

const isMeasured = (value: unknown): value is Measured =>
  typeof value === 'object' &&
  value !== null &&
  'preset' in value &&
  'device' in value &&
  'variants' in value &&
  Array.isArray(value.variants);

async function textOf(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

/**
 * What an earlier command left in the file; null where there is none. Called before the runs, so that hours do not go
 * into figures that have no place.
 * @throws SpecError where the file holds something else, or the link runs something else than a preset.
 */
export async function earlierMeasured(file: string, card: Card, link: Link): Promise<Measured | null> {
  const preset = specOfPreset(card, link.preset);
  const changed = Object.keys(card.knobs).filter((name) => link.spec[name] !== preset[name]);
  if (changed.length > 0)
    refuse(`keeps what the preset ${link.preset} shows, but the link changes ${changed.join(', ')}`);
  const text = await textOf(file);
  if (text === null || text.trim() === '') return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = null;
  }
  if (!isMeasured(value)) return refuse(`${file} holds something else`);
  if (value.preset !== link.preset)
    refuse(`${file} is about the preset ${value.preset}, the link about ${link.preset}`);
  return value;
}

/** As the project's formatter wants it. */
const WIDTH = 110;

/** A list of numbers in one line where it fits behind `before` characters, else over as many lines as it takes. */
function listText(list: readonly unknown[], indent: string, before: number): string {
  const items = list.map((item) => JSON.stringify(item));
  const inOne = `[${items.join(', ')}]`;
  if (before + inOne.length < WIDTH) return inOne;
  const lines: string[] = [];
  for (const item of items) {
    const line = lines.at(-1);
    const fits = line !== undefined && indent.length + 2 + line.length + 2 + item.length < WIDTH;
    if (fits) lines[lines.length - 1] = `${line}, ${item}`;
    else lines.push(item);
  }
  return `[\n${lines.map((line) => `${indent}  ${line}`).join(',\n')}\n${indent}]`;
}

/** JSON to be read by people too: objects over lines, numbers of a list beside each other. */
export function readableJson(value: unknown, indent = '', before = 0): string {
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    if (value.every((item) => typeof item === 'number')) return listText(value, indent, before);
    const inOne = `[${value.map((item) => JSON.stringify(item)).join(', ')}]`;
    if (value.every((item) => typeof item === 'string') && before + inOne.length < WIDTH) return inOne;
    const alone =
      value.length === 1 && Array.isArray(value[0])
        ? `[${readableJson(value[0], indent, before + 2)}]`
        : '\n';
    if (!alone.includes('\n')) return alone;
    return `[\n${value.map((item) => inner + readableJson(item, inner)).join(',\n')}\n${indent}]`;
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).map(([name, item]) => {
    const key = `${inner}${JSON.stringify(name)}: `;
    return key + readableJson(item, inner, key.length);
  });
  return entries.length === 0 ? '{}' : `{\n${entries.join(',\n')}\n${indent}}`;
}

interface Ended {
  card: Card;
  link: Link;
  records: readonly RunRecord[];
  /** Runs that there should be. */
  planned: number;
  /** Asked for by name. */
  backend: BackendName | undefined;
}

/**
 * Writes what the runs showed, together with what the file has from earlier commands; leaves it as it was unless all of
 * them are done.
 */
export async function keepMeasured(
  file: string,
  { card, link, records, planned, backend }: Ended,
): Promise<void> {
  const done = records.filter(({ status }) => status === 'done').length;
  if (done < planned) {
    stderr.write(`${file} is left as it was: ${done} of ${planned} runs are done.\n`);
    return;
  }
  const options = backend === undefined ? '' : ` --backend ${backend}`;
  const date = new Date().toISOString().slice(0, 10);
  const fresh = measure(card, records, { preset: link.preset, date, options });
  const earlier = await earlierMeasured(file, card, link); // another command may have ended meanwhile
  if (earlier && earlier.device !== fresh.device)
    stderr.write(`The figures of ${earlier.device} in ${file} give way to those of ${fresh.device}.\n`);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, `${readableJson(withEarlier(card, fresh, earlier, options))}\n`);
}
