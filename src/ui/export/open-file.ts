import { DataError } from '../../data/data-source';
import { cards } from '../../experiments/cards';
import { BUNDLE_ENDING, decodeBundle } from '../../run/bundle';
import { modelOf } from '../../run/inspector';
import { openCheckpoints } from '../../run/opfs-checkpoints';
import type { RunRecord } from '../../run/record';
import { decodeLink } from '../../spec/link';
import { LabRun } from '../lab-run.svelte';
import type { Lab } from '../lab.svelte';
import { countOf } from '../quantity';
import { RecordStore } from '../record-store';
import { runTitle } from '../variant-name';
import { MODEL_ENDING, runInside } from './model-file';

/** Larger than any file that this page writes. */
const MOST_BYTES = 2 ** 30;
/** First bytes of every bundle, whatever its name. */
const GZIP = [0x1f, 0x8b];

/** What became of a file, in a sentence. */
export interface OpenedFile {
  opened: boolean;
  text: string;
}

/**
 * Opens a bundle or a model that Seedlab wrote: shows its setting and its runs, marked as imported, and keeps them. Never
 * rejects: what is wrong with a file is told.
 */
export async function openFile(lab: Lab, file: File): Promise<OpenedFile> {
  try {
    if (file.size > MOST_BYTES) throw new DataError('It is larger than 1 GB.');
    const bytes = new Uint8Array(await file.arrayBuffer());
    const isGzip = GZIP.every((byte, i) => bytes[i] === byte);
    if (!isGzip && !file.name.endsWith(MODEL_ENDING))
      throw new DataError(`Seedlab opens its own bundles (${BUNDLE_ENDING}) and models (${MODEL_ENDING}).`);
    const text = isGzip ? await openBundle(lab, bytes) : await openModel(lab, bytes);
    return { opened: true, text: `${file.name}: ${text}` };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { opened: false, text: `${file.name} was not opened. ${reason}` };
  }
}

async function openBundle(lab: Lab, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const bundle = await decodeBundle(bytes);
  const known = bundle.records.filter(({ experiment }) => cards.has(experiment));
  visitLink(lab, bundle.link);
  const here = await idsHere(lab, known);
  const fresh = known.filter(({ id }) => !here.has(id));
  await showImported(lab, fresh);
  const unknown = bundle.records.length - known.length;
  return [
    `${countOf(fresh.length, 'run')} opened, made with build ${bundle.build} on ${new Date(bundle.madeAt).toLocaleDateString('en')}`,
    ...(here.size > 0 ? [`${countOf(here.size, 'run')} skipped, already here`] : []),
    ...(unknown > 0 ? [`${countOf(unknown, 'run')} left out: of an experiment that this page lacks`] : []),
  ]
    .join('; ')
    .concat('.');
}

async function openModel(lab: Lab, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const { record, link } = await runInside(bytes);
  const card = cards.get(record.experiment);
  if (!card) throw new DataError(`It belongs to an experiment that this page lacks: ${record.experiment}.`);
  const name = runTitle(card, record);
  visitLink(lab, link);
  const isHere = (await idsHere(lab, [record])).has(record.id);
  const checkpoints = await openCheckpoints();
  const model = modelOf(record.id);
  if (isHere && (await checkpoints.read(model))) return `the model of ${name} is here already.`;
  await checkpoints.write(model, bytes);
  if (isHere) return `the model of ${name} was given to its run, which was here without it.`;
  await showImported(lab, [record]);
  return `${name} opened with its model, made with build ${record.build}.`;
}

/** @throws DataError where the page does not have the experiment. */
function visitLink(lab: Lab, link: string): void {
  const { search, hash } = new URL(link, location.href);
  const { link: read, problems } = decodeLink(cards, { search, hash });
  if (!read)
    throw new DataError(
      `Its setting cannot be opened: ${problems.map(({ message }) => message).join('; ') || 'it names none'}.`,
    );
  lab.visit(search, hash);
}

/** Which of some records are on the page or in storage. */
async function idsHere(lab: Lab, records: readonly RunRecord[]): Promise<ReadonlySet<string>> {
  const store = new RecordStore();
  const found = await Promise.all(
    records.map(async ({ id }) => {
      if (lab.queue.runs.some((run) => run.id === id)) return [id];
      // Without storage there is nothing stored either.
      const stored = await store.get(id).catch(() => null);
      return stored ? [id] : [];
    }),
  );
  return new Set(found.flat());
}

async function showImported(lab: Lab, records: readonly RunRecord[]): Promise<void> {
  const runs = records.map(({ checkpoint: _left, ...record }) =>
    LabRun.fromRecord({ ...record, origin: 'imported' }),
  );
  lab.queue.show(runs);
  for (const run of runs) await lab.keeper.save(run);
}
