import type { RunRecord } from '../../run/record';
import { joined, littleEndian } from './bytes';
import { crc32c } from './crc';
import { fileNamePart } from './file-name';
import { delimitedField, doubleField, floatField, wholeField } from './protobuf';
import { stepsOf } from './steps';
import { zipOf } from './zip';

/** TensorBoard's `Event` (event.proto): its fields' numbers. */
const EVENT = { wallTime: 1, step: 2, fileVersion: 3, summary: 5 };
/** `Summary` and `Summary.Value` (summary.proto). */
const SUMMARY_VALUE = 1;
const VALUE = { tag: 1, simpleValue: 2 };
const FILE_VERSION = 'brain.Event:2';

/**
 * Check sum of a TFRecord: CRC-32C, turned right by 15 bits and shifted by a constant, so that the check sum of bytes that
 * hold check sums is sound (tensorflow/core/lib/hash/crc32c.h).
 */
export function maskedCrc(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** A record of a TFRecord file: length (uint64) and its check sum, the bytes and theirs. */
function framed(bytes: Uint8Array): Uint8Array {
  const length = littleEndian([
    [bytes.length, 4],
    [0, 4],
  ]);
  return joined([
    length,
    littleEndian([[maskedCrc(length), 4]]),
    bytes,
    littleEndian([[maskedCrc(bytes), 4]]),
  ]);
}

/**
 * A run's numbers as a TensorBoard event file. Wall time is when the run was queued plus its training time, so that
 * TensorBoard's *relative* axis shows the training clock. Members of a family such as `weight.left` become `weight/left`,
 * which TensorBoard shows together.
 */
export function eventFile(record: Pick<RunRecord, 'createdAt' | 'series'>): Uint8Array<ArrayBuffer> {
  const wallTime = (trainMs: number): Uint8Array =>
    doubleField(EVENT.wallTime, (record.createdAt + trainMs) / 1000);
  const version = joined([wallTime(0), delimitedField(EVENT.fileVersion, FILE_VERSION)]);
  const events = stepsOf(record.series).map(({ step, trainMs, values }) => {
    const summary = [...values].map(([metric, value]) =>
      delimitedField(
        SUMMARY_VALUE,
        joined([
          delimitedField(VALUE.tag, metric.replaceAll('.', '/')),
          floatField(VALUE.simpleValue, value),
        ]),
      ),
    );
    return joined([
      wallTime(trainMs),
      wholeField(EVENT.step, step),
      delimitedField(EVENT.summary, joined(summary)),
    ]);
  });
  return joined([version, ...events].map(framed));
}

/** Event files of several runs, each in a folder of its own: TensorBoard takes a folder for a run. */
export function tensorBoardZip(records: readonly RunRecord[], now: number): Uint8Array<ArrayBuffer> {
  const taken = new Set<string>();
  const entries = records.map((record) => {
    const base = `${fileNamePart(record.name ?? record.variant)}-seed${record.seed}`;
    const folder = taken.has(base) ? `${base}-${fileNamePart(record.id)}` : base;
    taken.add(folder);
    const seconds = Math.floor(record.createdAt / 1000);
    return { path: `${folder}/events.out.tfevents.${seconds}.seedlab`, bytes: eventFile(record) };
  });
  return zipOf(entries, now);
}
