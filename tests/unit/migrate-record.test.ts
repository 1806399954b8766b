import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isOfLaterSchema, migrateRecord } from '../../src/run/migrate-record';
import { RECORD_SCHEMA, type RunRecord } from '../../src/run/record';
import { LabRun } from '../../src/ui/lab-run.svelte';

const column = (...numbers: number[]) => Float64Array.from(numbers);
/** Everything that a record can have. */
const full: RunRecord = {
  schema: RECORD_SCHEMA,
  id: 'r',
  experiment: 'small',
  variant: 'A',
  seed: 3,
  spec: { width: 8, router: 'amod', gated: true },
  specDigest: 'd',
  build: 'b',
  createdAt: 1,
  savedAt: 2,
  status: 'stopped',
  origin: 'here',
  name: 'The good one',
  comment: 'for the talk',
  kept: true,
  checkpoint: 8,
  fault: { name: 'DeviceError', message: 'gone', stack: 'there' },
  device: { backend: 'webgpu', adapter: 'a card', software: false },
  facts: {
    ...{ totalSteps: 9, batchSize: 1, epochExamples: 1, parameters: 1, flopsPerImage: 1, flopsPerStep: 3 },
    ...{ dataDigest: 'x', initDigest: 'y', details: { Samples: '4' }, remark: 'short' },
  },
  phases: { training: { ms: 5, entered: 1 } },
  notes: [{ step: 8, what: 'stopped' }],
  series: [{ metric: 'loss', step: column(1, 2), trainMs: column(5, 10), value: column(1, NaN) }],
  snapshots: [
    { name: 'routing', step: 1, arrays: { kept: { shape: [2], values: Uint8Array.of(1, 0) } } },
    { name: 'routing', step: 2, arrays: { scores: { shape: [1], values: Float32Array.of(0.5) } } },
  ],
};
const without = (record: object, ...fields: string[]): object =>
  Object.fromEntries(Object.entries(record).filter(([field]) => !fields.includes(field)));
const ADDED = ['origin', 'name', 'comment', 'kept', 'checkpoint', 'savedAt'];
/** As schema 1 stored it. */
const first = { ...without(full, ...ADDED), schema: 1 };

describe('a stored record', () => {
  test('of the present schema stays as it is', () => {
    expect(migrateRecord(structuredClone(full))).toEqual(full);
  });

  test('of schema 1 was trained here, and nothing of it is lost', () => {
    const migrated = migrateRecord(structuredClone(first));
    expect(migrated).toEqual({ ...first, schema: RECORD_SCHEMA, origin: 'here' });
    const run = migrated && LabRun.fromRecord(migrated);
    expect(run?.step).toBe(2);
    expect(run?.toRecord()).toEqual(migrated);
    expect(run?.resumable).toBe(false); // it never had a checkpoint
  });

  test('of a later schema is told from nonsense', () => {
    const later = { ...full, schema: RECORD_SCHEMA + 1 };
    expect([migrateRecord(later), isOfLaterSchema(later)]).toEqual([null, true]);
    expect(['text', null, {}, { schema: 'x' }, full].map(isOfLaterSchema)).toEqual(Array(5).fill(false));
  });

  test.each([
    'id',
    'experiment',
    'variant',
    'seed',
    'spec',
    'specDigest',
    'build',
    'createdAt',
    'status',
    'series',
  ])('without a sound %s is none', (field) => {
    expect(migrateRecord({ ...full, [field]: undefined })).toBeNull();
    expect(migrateRecord({ ...full, [field]: { of: [null] } })).toBeNull();
  });

  test('with columns of unequal length is none; lists of numbers are columns', () => {
    const [loss] = full.series;
    expect(migrateRecord({ ...full, series: [{ ...loss, value: column(1) }] })).toBeNull();
    const listed = { metric: 'loss', step: [1, 2], trainMs: [5, 10], value: [1, NaN] };
    expect(migrateRecord({ ...full, series: [listed] })).toEqual(full);
  });

  test('without sound additions is what it is without them', () => {
    const bad = {
      ...{ name: 3, comment: {}, kept: 'yes', checkpoint: 'x', savedAt: NaN, fault: 'no', device: {} },
      ...{ facts: { totalSteps: 3 }, phases: { training: 5 }, notes: [{ step: 1 }, 'x'] },
      snapshots: [{ name: 'routing', step: 1, arrays: { a: 1 } }],
    };
    const bare = without(full, ...Object.keys(bad));
    expect(migrateRecord({ ...full, ...bad })).toEqual({ ...bare, notes: [] });
  });

  test('whatever it is, nothing is thrown', () => {
    fc.assert(
      fc.property(fc.anything({ withTypedArray: true, withBigInt: true }), (anything) => {
        migrateRecord(anything);
        isOfLaterSchema(anything);
        for (const field of Object.keys(full)) {
          const read = migrateRecord({ ...full, [field]: anything });
          if (read) LabRun.fromRecord(read).toRecord();
        }
      }),
      { numRuns: 300 },
    );
  });
});
