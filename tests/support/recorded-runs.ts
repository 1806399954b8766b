import { afterAll, describe, expect, it } from 'vitest';
import { openCompute, type Compute } from '../../src/engine/open-compute';
import type { ReportedFacts } from '../../src/run/protocol';

export interface RecordedRuns<N extends string> {
  /** What was recorded, by the run's name: numbers and texts in lists and groups. */
  golden: Readonly<Record<N, object>>;
  /** Does a run and picks what is recorded of it. */
  receive: (name: N, compute: Compute) => Promise<object>;
  /** How far a number may be off, as a fraction of what was recorded. */
  relative: number;
  /** Digits that are recorded. */
  digits?: number;
}

/** Facts of a run that no rounding touches. */
const FACTS = ['flopsPerImage', 'parameters', 'initDigest', 'dataDigest'] as const;
const isFact = (name: string): boolean => FACTS.some((fact) => fact === name);

/** They are compared to the letter. */
export const recordedFacts = (facts: ReportedFacts | undefined) =>
  Object.fromEntries(FACTS.map((name) => [name, facts?.[name]]));

/**
 * Declares tests that do every recorded run on WebGPU and on the wasm fallback, each on a backend opened for it. A failure
 * shows all that was received: after a change that is meant to change the numbers, that goes into the JSON file.
 */
export function testRecordedRuns<N extends string>({
  golden,
  receive,
  relative,
  digits = 7,
}: RecordedRuns<N>): void {
  let compute: Compute | undefined;
  afterAll(() => compute?.dispose());

  describe.each(['webgpu', 'wasm'] as const)('recorded runs on %s', (backend) => {
    it.each(Object.keys(golden) as N[])('%s', async (name) => {
      compute?.dispose();
      compute = await openCompute(backend);
      expect(compute.info.backend, compute.info.reason).toBe(backend);
      const received = await receive(name, compute);
      const shown = JSON.stringify(received, (key, value: unknown) =>
        typeof value === 'number' && !isFact(key) ? Number(value.toPrecision(digits)) : value,
      );
      expectClose(received, golden[name], relative, shown);
    });
  });
}

/** The same names and lengths, the same facts and texts, and numbers that are off by less than `relative` of the recorded. */
function expectClose(received: object, recorded: object, relative: number, shown: string): void {
  const [got, want] = [leavesOf(received), leavesOf(recorded)];
  expect([...got.keys()].toSorted(), shown).toEqual([...want.keys()].toSorted());
  for (const [path, { name, value }] of want) {
    const other = got.get(path)?.value;
    if (typeof value !== 'number' || isFact(name)) expect(other, `${path} of ${shown}`).toBe(value);
    else
      expect(Math.abs(Number(other) - value) / Math.abs(value), `${path} of ${shown}`).toBeLessThan(relative);
  }
}

/** Every number and text by the names that lead to it; an empty list is told apart from none. */
function leavesOf(tree: object, above = ''): Map<string, { name: string; value: unknown }> {
  const leaves = new Map<string, { name: string; value: unknown }>();
  const parts: [string, unknown][] = Object.entries(tree);
  if (parts.length === 0) leaves.set(above, { name: above, value: 'empty' });
  for (const [name, value] of parts) {
    const path = `${above} ${name}`;
    if (typeof value === 'object' && value !== null)
      for (const leaf of leavesOf(value, path)) leaves.set(...leaf);
    else if (value !== undefined) leaves.set(path, { name, value });
  }
  return leaves;
}
