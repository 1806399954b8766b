import { describe, expect, it } from 'vitest';
import { DataError } from '../../src/data/data-source';
import { decodeSafetensors, encodeSafetensors } from '../../src/data/safetensors';
import { arraysUnder, joinStates, stateOfNumbers } from '../../src/nn/saved-state';
import { checkName } from '../../src/run/checkpoint-store';
import { PhaseClock } from '../../src/run/phase-clock';
import { trainingFilesOf } from '../../src/run/training-files';
import { checksumOf } from '../../src/training/checksum';

const numbersOf = (numbers: Record<string, ArrayLike<number>>) => {
  const taken: Record<string, number[]> = {};
  const state = stateOfNumbers(
    () => numbers,
    (back) => {
      for (const [name, values] of Object.entries(back)) taken[name] = [...values];
    },
  );
  return { state, taken };
};

describe('state that a file holds', () => {
  it('gives numbers back to the last bit, through a file, whatever they are', async () => {
    const known = { some: [1 / 3, -0, NaN, -Infinity, Number.MIN_VALUE, 2 ** 53 + 2], none: [] };
    const there = joinStates({ a: numbersOf(known).state, b: numbersOf({ some: [7] }).state });
    const bytes = encodeSafetensors({ tensors: await there.toArrays(), metadata: {} });
    const [a, b] = [numbersOf({ some: [], none: [1] }), numbersOf({ some: [0] })];
    joinStates({ a: a.state, b: b.state }).assign(decodeSafetensors(bytes).tensors);
    expect(a.taken).toEqual(known);
    expect(Object.is(a.taken['some']?.[1], -0)).toBe(true);
    expect(b.taken).toEqual({ some: [7] });
  });

  it('refuses arrays of another kind, and tells which are under a name', async () => {
    const { state } = numbersOf({ steps: [1] });
    expect(() => {
      state.assign(new Map());
    }).toThrow(DataError);
    const arrays = await joinStates({ one: state, oneMore: state }).toArrays();
    expect([...arrays.keys()]).toEqual(['one/steps', 'oneMore/steps']);
    expect([...arraysUnder('one/', arrays).keys()]).toEqual(['steps']);
  });
});

describe('the checksum of a file', () => {
  const file = () => ({
    tensors: new Map([
      ['w', { shape: [2, 2], values: Float32Array.of(1, 2, 3, 4) }],
      ['n', { shape: [2], values: Int32Array.of(5, 6) }],
    ]),
    metadata: { step: '3' },
  });

  it('stays as it is for the same, read back too, and changes with every bit, name, shape and word', () => {
    const sum = checksumOf(file());
    expect(checksumOf(file())).toBe(sum);
    expect(checksumOf(decodeSafetensors(encodeSafetensors(file())))).toBe(sum);
    const others = [
      { ...file(), metadata: { step: '4' } },
      { ...file(), tensors: new Map([...file().tensors].reverse()) },
      { ...file(), tensors: new Map([['w', { shape: [4], values: Float32Array.of(1, 2, 3, 4) }]]) },
    ].map(checksumOf);
    for (let bit = 0; bit < 4 * 32; bit++) {
      const changed = file();
      const words = new Uint32Array(changed.tensors.get('w')?.values.buffer ?? new ArrayBuffer());
      words[bit >> 5] = ((words[bit >> 5] ?? 0) ^ (1 << (bit & 31))) >>> 0;
      others.push(checksumOf(changed));
    }
    expect(others).not.toContain(sum);
  });
});

describe('a run that is kept', () => {
  it('has two names for the files of its training', () => {
    const names = trainingFilesOf('m1x-00000-ab');
    expect(new Set(names).size).toBe(2);
    for (const name of names) checkName(name);
  });

  it('adds the time of its earlier life to that of this one', () => {
    const clock = new PhaseClock();
    clock.spend(5);
    clock.spendSaving(3);
    clock.add({ loading: { ms: 10, entered: 1 }, training: { ms: 20, entered: 2 } });
    clock.enter('training');
    clock.spend(1);
    expect(clock.times()).toEqual({
      loading: { ms: 15, entered: 2 },
      saving: { ms: 3, entered: 1 },
      training: { ms: 21, entered: 3 },
    });
  });
});
