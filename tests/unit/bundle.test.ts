import fc from 'fast-check';
import { readFile } from 'node:fs/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { decodeBundle, encodeBundle, type Bundle } from '../../src/run/bundle';
import { packNumbers, unpackNumbers } from '../../src/run/packed-numbers';
import { RECORD_SCHEMA, type RunRecord } from '../../src/run/record';

const steps = Float64Array.from({ length: 500 }, (_, i) => i + 1);
const times = steps.map((step) => step * 13.7 + Math.sin(step));

const record = (id: string): RunRecord => ({
  schema: RECORD_SCHEMA,
  id,
  experiment: 'mixture-of-depths',
  variant: 'A-MoD',
  seed: 3,
  spec: { capacity: 0.5, router: 'amod', augment: true },
  specDigest: 'ab'.repeat(32),
  build: 'b1',
  createdAt: 1_700_000_000_000,
  status: 'done',
  origin: 'here',
  name: 'the “good” one',
  comment: 'line one\nline two',
  phases: { training: { ms: 12.5, entered: 1 } },
  notes: [{ step: 7, what: 'paused' }],
  series: [
    { metric: 'trainLoss', step: steps, trainMs: times, value: steps.map((s) => Math.fround(1 / s)) },
    { metric: 'accuracy', step: steps, trainMs: times, value: steps.map((s) => 0.1 * s) },
    {
      metric: 'odd',
      step: Float64Array.of(0, 1, 2, 3),
      trainMs: Float64Array.of(0, 1, 2, 3),
      value: Float64Array.of(NaN, Infinity, -Infinity, -0),
    },
  ],
  snapshots: [
    {
      name: 'routing',
      step: 10,
      arrays: {
        scores: { shape: [2, 2], values: Float32Array.of(0.1, -3, 1e-30, 7) },
        kept: { shape: [1, 3], values: Uint8Array.of(1, 0, 255) },
        blocks: { shape: [2], values: Int32Array.of(-2, 2 ** 31 - 1) },
      },
    },
  ],
});

const bundle: Bundle = {
  link: '?e=mixture-of-depths&v=1#build=b1',
  build: 'b1',
  madeAt: 1_700_000_000_001,
  records: [record('r1'), record('r2')],
};

/** The bundle's content, changed and packed again, as another program might have written it. */
async function repacked(change: (content: Buffer<ArrayBuffer>) => Buffer): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(gzipSync(change(Buffer.from(gunzipSync(await encodeBundle(bundle))))));
}

/** The bundle with its header changed. */
function withHeader(change: (header: string) => string): Promise<Uint8Array<ArrayBuffer>> {
  return repacked((content) => {
    const length = content.readUInt32LE(8);
    const header = Buffer.from(change(content.toString('utf8', 12, 12 + length)));
    const size = Buffer.alloc(4);
    size.writeUInt32LE(header.length);
    return Buffer.concat([content.subarray(0, 8), size, header, content.subarray(12 + length)]);
  });
}

describe('packed numbers', () => {
  test.each([
    [Float64Array.of(0, 255), 'u8'],
    [Float64Array.of(-1, 127), 'i8'],
    [Float64Array.of(256), 'u16'],
    [Float64Array.of(-32768), 'i16'],
    [Float64Array.of(2 ** 32 - 1), 'u32'],
    [Int32Array.of(-(2 ** 31)), 'i32'],
    [Float64Array.of(0.5, NaN), 'f32'],
    [Float64Array.of(-0), 'f32'],
    [Float64Array.of(0.1), 'f64'],
    [Float64Array.of(2 ** 32), 'f32'],
    [Float64Array.of(2 ** 32 + 1), 'f64'],
    [Float32Array.of(0.1), 'f32'],
    [new Float64Array(0), 'u8'],
  ] as const)('%o fits %s', (numbers, type) => {
    const packed = packNumbers(numbers);
    expect(packed.type).toBe(type);
    expect(unpackNumbers(packed)).toEqual(numbers);
  });

  test('any numbers come back in their own kind', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.float64Array(), fc.float32Array(), fc.int32Array(), fc.uint8Array()),
        (numbers) => {
          expect(unpackNumbers(packNumbers(numbers))).toEqual(numbers);
        },
      ),
    );
  });
});

describe('a bundle', () => {
  test('comes back whole, every number to the bit', async () => {
    expect(await decodeBundle(await encodeBundle(bundle))).toEqual(bundle);
  });

  test('is far smaller than its numbers, which runs share', async () => {
    const alone = await encodeBundle({ ...bundle, records: [record('r1')] });
    const both = await encodeBundle(bundle);
    expect(alone.length).toBeLessThan(10_000); // 500 steps × 5 columns are 20 KB
    expect(both.length - alone.length).toBeLessThan(200);
  });

  test('of another kind, cut off or damaged says so in a sentence', async () => {
    const bytes = await encodeBundle(bundle);
    const flipped = bytes.slice();
    flipped[bytes.length >> 1] = (flipped[bytes.length >> 1] ?? 0) ^ 0xff;
    const cases: [Uint8Array<ArrayBuffer>, RegExp][] = [
      [new Uint8Array(0), /not a Seedlab bundle/],
      [new TextEncoder().encode('{"records": []}'), /not a Seedlab bundle/],
      [new Uint8Array(gzipSync('any other text')), /not a Seedlab bundle/],
      [bytes.slice(0, bytes.length - 1), /damaged or cut off/],
      [bytes.slice(0, bytes.length >> 1), /damaged or cut off/],
      [bytes.slice(0, 5), /damaged or cut off/],
      [flipped, /damaged or cut off/],
      [await repacked((content) => content.subarray(0, 10)), /damaged or cut off/],
      [await repacked((content) => content.subarray(0, content.length - 8)), /damaged or cut off/],
      [await withHeader((header) => header.slice(1)), /damaged or cut off/],
      [await withHeader((header) => header.replace('"r1"', '17')), /damaged or cut off/],
      [await withHeader((header) => header.replace('"column":0', '"column":999')), /damaged or cut off/],
      [await withHeader((header) => header.replace('"format":1', '"format":2')), /later version of Seedlab/],
      [await withHeader((header) => header.replace('"schema":2', '"schema":99')), /later version of Seedlab/],
    ];
    for (const [bad, sentence] of cases) {
      const failure = decodeBundle(bad);
      await expect(failure).rejects.toThrow(sentence);
      await expect(failure).rejects.toMatchObject({ name: 'DataError' });
    }
  });

  test('with records of an earlier schema opens with them brought to this one', async () => {
    const old = await withHeader((header) =>
      header.replaceAll('"schema":2', '"schema":1').replaceAll('"origin":"here",', ''),
    );
    const { records } = await decodeBundle(old);
    expect(records.map(({ schema, origin }) => [schema, origin])).toEqual([
      [RECORD_SCHEMA, 'here'],
      [RECORD_SCHEMA, 'here'],
    ]);
  });
});

describe('bundles made by earlier builds', () => {
  test('one of format 1 opens, whole', async () => {
    const file = new Uint8Array(await readFile(new URL('../fixtures/format-1.seedlab', import.meta.url)));
    const { link, build, madeAt, records } = await decodeBundle(file);
    expect(link).toBe(
      '?e=mixture-of-depths&p=smoke&duration=12&evalEvery=6&testExamples=250&trainExamples=500&vs=Dense+ViT|A-MoD&v=1#build=0.1.0-8b14464b&data=2f4fc902&spec=20d629b1',
    );
    expect([build, new Date(madeAt).toISOString().slice(0, 10)]).toEqual(['0.1.0-8b14464b', '2026-11-22']);
    expect(records.map(({ variant, seed, status }) => [variant, seed, status])).toEqual([
      ['Dense ViT', 0, 'done'],
      ['A-MoD', 0, 'done'],
    ]);
    for (const { series, snapshots, facts } of records) {
      const loss = series.find(({ metric }) => metric === 'trainLoss');
      expect([...(loss?.step ?? [])]).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
      expect(loss?.value.every((value) => value > 1 && value < 3)).toBe(true);
      expect(snapshots?.length).toBeGreaterThan(0);
      expect(facts?.dataDigest).toMatch(/^2f4fc902/);
    }
  });
});
