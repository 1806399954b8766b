import { crc32 as zlibCrc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { RECORD_SCHEMA, type RunRecord } from '../../src/run/record';
import { crc32, crc32c } from '../../src/ui/export/crc';
import { exportName, fileNamePart } from '../../src/ui/export/file-name';
import { csvOf, jsonLinesOf } from '../../src/ui/export/tables';
import { eventFile, maskedCrc, tensorBoardZip } from '../../src/ui/export/tensorboard';
import { zipOf } from '../../src/ui/export/zip';

const bytesOf = (text: string) => new TextEncoder().encode(text);

const record = (id: string, variant = 'A-MoD, capacity 0.5'): RunRecord => ({
  schema: RECORD_SCHEMA,
  ...{ id, variant, experiment: 'mixture-of-depths', seed: 1, spec: {}, specDigest: 'd', build: 'b' },
  createdAt: 1_700_000_000_000,
  status: 'done',
  origin: 'here',
  notes: [],
  series: [
    {
      metric: 'trainLoss',
      step: Float64Array.of(1, 2, 300),
      trainMs: Float64Array.of(10, 20, 3000.5),
      value: Float64Array.of(2.5, NaN, 0.1),
    },
    {
      metric: 'weight.left',
      step: Float64Array.of(0, 300),
      trainMs: Float64Array.of(0, 3000.5),
      value: Float64Array.of(1, -Infinity),
    },
  ],
});

describe('check sums', () => {
  // RFC 3720, appendix B.4.
  test.each([
    ['32 zeros', new Uint8Array(32), 0x8a9136aa],
    ['32 ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ['counting up', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    ['counting down', Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
    ['the digits', bytesOf('123456789'), 0xe3069283],
  ])('CRC-32C of %s', (_, bytes, crc) => {
    expect(crc32c(bytes)).toBe(crc);
  });

  test('CRC-32 of the digits, and of anything as zlib has it', () => {
    expect(crc32(bytesOf('123456789'))).toBe(0xcbf43926);
    const bytes = Uint8Array.from({ length: 1000 }, (_, i) => (i * 31) & 0xff);
    // Node 20 before 20.15 lacks it.
    if (typeof zlibCrc32 === 'function') expect(crc32(bytes)).toBe(zlibCrc32(bytes));
  });
});

describe('tables', () => {
  test('CSV has a line for every value, with fields quoted where they must be', () => {
    expect(csvOf([record('r1')]).split('\n')).toEqual([
      'run,variant,seed,metric,step,trainMs,value',
      'r1,"A-MoD, capacity 0.5",1,trainLoss,1,10,2.5',
      'r1,"A-MoD, capacity 0.5",1,trainLoss,2,20,NaN',
      'r1,"A-MoD, capacity 0.5",1,trainLoss,300,3000.5,0.1',
      'r1,"A-MoD, capacity 0.5",1,weight.left,0,0,1',
      'r1,"A-MoD, capacity 0.5",1,weight.left,300,3000.5,-Infinity',
      '',
    ]);
    expect(csvOf([record('r1', 'the "good"\none')])).toContain('r1,"the ""good""\none",1,');
  });

  test('JSON lines have one object per run and step, in order', () => {
    const lines = jsonLinesOf([record('r1'), record('r2', 'Dense')])
      .trimEnd()
      .split('\n');
    expect(lines).toHaveLength(8);
    const rows = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(rows.map(({ _step }) => _step)).toEqual([0, 1, 2, 300, 0, 1, 2, 300]);
    expect(rows[2]).toEqual({
      ...{ run: 'r1', experiment: 'mixture-of-depths', variant: 'A-MoD, capacity 0.5', seed: 1 },
      ...{ _step: 2, _runtime: 0.02, trainLoss: 'NaN' },
    });
    expect(rows[7]).toMatchObject({
      run: 'r2',
      trainLoss: 0.1,
      'weight.left': '-Infinity',
      _runtime: 3.0005,
    });
  });
});

/** Reads what a protocol buffer says, knowing nothing of the writer: numbers of fields and their raw values. */
function messageOf(bytes: Uint8Array): [field: number, value: number | Uint8Array][] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fields: [number, number | Uint8Array][] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const key = varint();
    const type = key & 7;
    if (type === 0) fields.push([key >> 3, varint()]);
    else if (type === 1) fields.push([key >> 3, view.getFloat64(at, true)]);
    else if (type === 5) fields.push([key >> 3, view.getFloat32(at, true)]);
    else if (type === 2) {
      const length = varint();
      fields.push([key >> 3, bytes.subarray(at, at + length)]);
      at += length;
    } else throw new Error(`wire type ${type}`);
    at += type === 1 ? 8 : type === 5 ? 4 : 0;
  }
  return fields;
}

/** The records of a TFRecord file, with both check sums of each verified. */
function framesOf(file: Uint8Array): Uint8Array[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const frames: Uint8Array[] = [];
  for (let at = 0; at < file.length;) {
    const length = Number(view.getBigUint64(at, true));
    expect(view.getUint32(at + 8, true)).toBe(maskedCrc(file.subarray(at, at + 8)));
    const data = file.subarray(at + 12, at + 12 + length);
    expect(view.getUint32(at + 12 + length, true)).toBe(maskedCrc(data));
    frames.push(data);
    at += 16 + length;
  }
  return frames;
}

const text = (bytes: number | Uint8Array | undefined) =>
  bytes instanceof Uint8Array ? new TextDecoder().decode(bytes) : '';

describe('TensorBoard', () => {
  test('the masked check sum is the one that TensorFlow writes', () => {
    // Event files of TensorFlow begin with the bytes 18 00 00 00 00 00 00 00 a3 7f 4b 22: a length of 24 and its check sum.
    expect(maskedCrc(Uint8Array.of(24, 0, 0, 0, 0, 0, 0, 0))).toBe(0x224b7fa3);
  });

  test('an event file opens with its version and tells every value at its step and wall time', () => {
    const [version, ...events] = framesOf(eventFile(record('r1'))).map(messageOf);
    expect(version?.map(([field]) => field)).toEqual([1, 3]);
    expect(version?.[0]?.[1]).toBe(1_700_000_000);
    expect(text(version?.[1]?.[1])).toBe('brain.Event:2');

    const told = events.map((fields) => {
      const of = (wanted: number) => fields.find(([field]) => field === wanted)?.[1];
      const summary = of(5);
      const values = summary instanceof Uint8Array ? messageOf(summary) : [];
      return {
        wallTime: of(1),
        step: of(2),
        values: values.map(([field, value]) => {
          expect(field).toBe(1);
          const [tag, simple] = value instanceof Uint8Array ? messageOf(value) : [];
          expect([tag?.[0], simple?.[0]]).toEqual([1, 2]);
          return [text(tag?.[1]), simple?.[1]];
        }),
      };
    });
    expect(told).toEqual([
      { wallTime: 1_700_000_000, step: 0, values: [['weight/left', 1]] },
      { wallTime: 1_700_000_000.01, step: 1, values: [['trainLoss', 2.5]] },
      { wallTime: 1_700_000_000.02, step: 2, values: [['trainLoss', NaN]] },
      {
        wallTime: 1_700_000_003.0005,
        step: 300,
        values: [
          ['trainLoss', Math.fround(0.1)],
          ['weight/left', -Infinity],
        ],
      },
    ]);
  });

  test('the zip has a folder for every run, also for two of one name', () => {
    const zip = tensorBoardZip([record('r1'), record('r2')], Date.UTC(2025, 10, 22, 13, 45, 30));
    const names = entriesOf(zip).map(({ name }) => name);
    expect(names).toEqual([
      'A-MoD-capacity-0.5-seed1/events.out.tfevents.1700000000.seedlab',
      'A-MoD-capacity-0.5-seed1-r2/events.out.tfevents.1700000000.seedlab',
    ]);
  });
});

/** Reads a stored zip from its end, as unzip does, and verifies sizes and check sums. */
function entriesOf(zip: Uint8Array): { name: string; bytes: Uint8Array }[] {
  const view = new DataView(zip.buffer, zip.byteOffset, zip.byteLength);
  const end = zip.length - 22;
  expect(view.getUint32(end, true)).toBe(0x06054b50);
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  expect(view.getUint32(end + 12, true)).toBe(end - at);
  return Array.from({ length: count }, () => {
    expect(view.getUint32(at, true)).toBe(0x02014b50);
    const [crc, size, nameLength] = [
      view.getUint32(at + 16, true),
      view.getUint32(at + 24, true),
      view.getUint16(at + 28, true),
    ];
    const local = view.getUint32(at + 42, true);
    const name = text(zip.subarray(at + 46, at + 46 + nameLength));
    at += 46 + nameLength;
    expect(view.getUint32(local, true)).toBe(0x04034b50);
    const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    const bytes = zip.subarray(start, start + size);
    expect(crc32(bytes)).toBe(crc);
    return { name, bytes };
  });
}

describe('zip', () => {
  test('holds its entries as they are', () => {
    const zip = zipOf(
      [
        { path: 'a/ä.txt', bytes: bytesOf('content') },
        { path: 'empty', bytes: new Uint8Array(0) },
      ],
      Date.UTC(2025, 10, 22, 13, 45, 30),
    );
    expect(entriesOf(zip).map(({ name, bytes }) => [name, text(bytes)])).toEqual([
      ['a/ä.txt', 'content'],
      ['empty', ''],
    ]);
    const view = new DataView(zip.buffer);
    expect([view.getUint16(10, true), view.getUint16(12, true)]).toEqual([
      (13 << 11) | (45 << 5) | 15,
      (45 << 9) | (11 << 5) | 22,
    ]);
  });
});

describe('file names', () => {
  test('hold what every file system takes', () => {
    expect(fileNamePart('A-MoD: “gated”/½')).toBe('A-MoD-gated-1-2');
    expect(fileNamePart('…')).toBe('run');
    expect(exportName('tract', new Date(2025, 0, 2, 3, 4), '.csv')).toBe('tract-2025-01-02-0304.csv');
  });
});
