import type { DeviceInfo } from '../engine/device-info';
import type { Spec } from '../spec/knob';
import type { PhaseTimes } from './phase-clock';
import type { Fault, ReportedFacts } from './protocol';
import {
  RECORD_SCHEMA,
  type Origin,
  type RunNote,
  type RunRecord,
  type RunStatus,
  type SeriesRecord,
} from './record';
import type { NumberArray, Snapshot } from './snapshot';

type Fields = Readonly<Record<string, unknown>>;

const STATUSES: readonly RunStatus[] = [
  'queued',
  'loading',
  'compiling',
  'running',
  'paused',
  'done',
  'stopped',
  'failed',
];
const ORIGINS: readonly Origin[] = ['here', 'recorded', 'imported'];
const NOTES: readonly RunNote['what'][] = ['paused', 'resumed', 'stopped', 'failed'];

/**
 * A stored record brought to the present schema; null where it is of a later one, or no record at all. What a record may
 * lack is left out where it is not as it should be. Never throws.
 */
export function migrateRecord(stored: unknown): RunRecord | null {
  if (!isFields(stored) || (stored['schema'] !== 1 && stored['schema'] !== RECORD_SCHEMA)) return null;
  const { id, experiment, variant, seed, spec, specDigest, build, createdAt } = stored;
  const status = STATUSES.find((known) => known === stored['status']);
  // Schema 1 knew only runs of the browser that kept them.
  const origin = stored['schema'] === 1 ? 'here' : ORIGINS.find((known) => known === stored['origin']);
  if (!isText(id) || !isText(experiment) || !isText(variant) || !isText(specDigest) || !isText(build))
    return null;
  if (!isNumber(seed) || !isNumber(createdAt) || !isSpec(spec) || !status || !origin) return null;
  const series = readAll(stored['series'], seriesOf);
  if (!Array.isArray(stored['series']) || series.length < stored['series'].length) return null;
  const { name, comment, kept, checkpoint, savedAt, fault, device, facts, phases } = stored;
  const snapshots = readAll(stored['snapshots'], snapshotOf);
  return {
    schema: RECORD_SCHEMA,
    ...{ id, experiment, variant, seed, spec, specDigest, build, createdAt, status, origin },
    ...(isNumber(savedAt) && { savedAt }),
    ...(isText(name) && { name }),
    ...(isText(comment) && { comment }),
    ...(kept === true && { kept }),
    ...(isNumber(checkpoint) && { checkpoint }),
    ...(isFault(fault) && { fault }),
    ...(isDevice(device) && { device }),
    ...(areFacts(facts) && { facts }),
    ...(arePhaseTimes(phases) && { phases }),
    notes: readAll(stored['notes'], noteOf),
    series,
    ...(snapshots.length > 0 && { snapshots }),
  };
}

/** Whether something stored was written by a later version, which alone can read it. */
export const isOfLaterSchema = (stored: unknown): boolean =>
  isFields(stored) && isNumber(stored['schema']) && stored['schema'] > RECORD_SCHEMA;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string';
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

/** Those of a list that can be read; none where it is no list. */
function readAll<T>(list: unknown, read: (entry: unknown) => T | null): T[] {
  return Array.isArray(list) ? list.flatMap((entry) => read(entry) ?? []) : [];
}

const isSpec = (value: unknown): value is Spec =>
  isFields(value) &&
  Object.values(value).every(
    (setting) => isText(setting) || isNumber(setting) || typeof setting === 'boolean',
  );

const isFault = (value: unknown): value is Fault =>
  isFields(value) && isText(value['name']) && isText(value['message']);

const isDevice = (value: unknown): value is DeviceInfo =>
  isFields(value) &&
  isText(value['adapter']) &&
  typeof value['software'] === 'boolean' &&
  ['webgpu', 'wasm', 'cpu'].some((known) => known === value['backend']);

const areFacts = (value: unknown): value is ReportedFacts =>
  isFields(value) &&
  [value['totalSteps'], value['batchSize'], value['epochExamples'], value['parameters']].every(isNumber) &&
  [value['flopsPerImage'], value['flopsPerStep']].every(isNumber) &&
  [value['dataDigest'], value['initDigest']].every(isText) &&
  isFields(value['details']);

const arePhaseTimes = (value: unknown): value is PhaseTimes =>
  isFields(value) &&
  Object.values(value).every(
    (spent) => isFields(spent) && isNumber(spent['ms']) && isNumber(spent['entered']),
  );

function noteOf(value: unknown): RunNote | null {
  const what = isFields(value) ? NOTES.find((known) => known === value['what']) : undefined;
  return isFields(value) && isNumber(value['step']) && what ? { step: value['step'], what } : null;
}

/** A metric's points; null where its columns differ in length. */
function seriesOf(value: unknown): SeriesRecord | null {
  if (!isFields(value) || !isText(value['metric'])) return null;
  const [step, trainMs, points] = [value['step'], value['trainMs'], value['value']].map(columnOf);
  if (!step || !trainMs || !points) return null;
  const isEven = step.length === trainMs.length && step.length === points.length;
  return isEven ? { metric: value['metric'], step, trainMs, value: points } : null;
}

function columnOf(value: unknown): Float64Array | null {
  if (value instanceof Float64Array) return value;
  return Array.isArray(value) && value.every((entry) => typeof entry === 'number')
    ? Float64Array.from(value)
    : null;
}

function snapshotOf(value: unknown): Snapshot | null {
  if (!isFields(value) || !isText(value['name']) || !isNumber(value['step']) || !isFields(value['arrays']))
    return null;
  const arrays = Object.entries(value['arrays']);
  const read = arrays.flatMap(([key, array]): [string, NumberArray][] =>
    isNumberArray(array) ? [[key, array]] : [],
  );
  return read.length === arrays.length
    ? { name: value['name'], step: value['step'], arrays: Object.fromEntries(read) }
    : null;
}

const isNumberArray = (value: unknown): value is NumberArray =>
  isFields(value) &&
  Array.isArray(value['shape']) &&
  value['shape'].every(isNumber) &&
  [Float32Array, Int32Array, Uint8Array].some((kind) => value['values'] instanceof kind);
