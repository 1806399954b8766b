import { appendFile, mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Choice, ChoiceStore } from '../engine/choice-store';

interface Line extends Choice {
  adapter: string;
  key: string;
}

const isLine = (value: unknown): value is Line =>
  typeof value === 'object' &&
  value !== null &&
  'adapter' in value &&
  'key' in value &&
  'variant' in value &&
  typeof value.variant === 'string' &&
  'ms' in value;

/** A line of the file; null for one that was cut short. */
function parseLine(text: string): Line | null {
  try {
    const value: unknown = JSON.parse(text);
    return isLine(value) ? value : null;
  } catch {
    return null;
  }
}

/**
 * Choices kept in a file, one JSON object a line. Lines are only ever added and the first for a key stands, so two processes
 * that add the same key at the same time end up with one choice.
 */
export class ChoiceFile implements ChoiceStore {
  constructor(private readonly file: string) {}

  async find(adapter: string, keys: readonly string[]): Promise<Map<string, Choice>> {
    const text = await readFile(this.file, 'utf8').catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
      throw error;
    });
    const wanted = new Set(keys);
    const found = new Map<string, Choice>();
    for (const line of text.split('\n').map(parseLine))
      if (line?.adapter === adapter && wanted.has(line.key) && !found.has(line.key))
        found.set(line.key, { variant: line.variant, ms: line.ms });
    return found;
  }

  async settle(adapter: string, choices: ReadonlyMap<string, Choice>): Promise<Map<string, Choice>> {
    const keys = [...choices.keys()];
    const known = await this.find(adapter, keys);
    const lines = [...choices]
      .filter(([key]) => !known.has(key))
      .map(([key, choice]) => `${JSON.stringify({ adapter, key, ...choice } satisfies Line)}\n`);
    await mkdir(path.dirname(this.file), { recursive: true });
    await appendFile(this.file, lines.join(''));
    return this.find(adapter, keys);
  }
}
