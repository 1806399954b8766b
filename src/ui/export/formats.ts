import type { RunRecord } from '../../run/record';
import { BUNDLE_ENDING, encodeBundle } from '../../run/bundle';
import { modelOf } from '../../run/inspector';
import { openCheckpoints } from '../../run/opfs-checkpoints';
import { recordsJson } from '../../run/record-json';
import { DataError } from '../../data/data-source';
import { exportName, fileNamePart } from './file-name';
import { MODEL_ENDING, withRunInside } from './model-file';
import { csvOf, jsonLinesOf } from './tables';
import { tensorBoardZip } from './tensorboard';
import { zipOf } from './zip';

/** What is exported. */
export interface Exported {
  experiment: string;
  /** Query and hash of the link that opens the setting. */
  link: string;
  build: string;
  records: readonly RunRecord[];
  now: Date;
}

/** A file to save. */
export interface ExportedFile {
  name: string;
  content: Uint8Array<ArrayBuffer> | string;
  type: string;
}

export interface Format {
  id: 'bundle' | 'csv' | 'json' | 'jsonl' | 'tensorboard' | 'model';
  label: string;
  about: string;
  /** @throws DataError with a sentence where there is nothing to write, RangeError where there is too much. */
  write(exported: Exported): Promise<ExportedFile>;
}

type Content = ExportedFile['content'];

const file =
  (ending: string, type: string, contentOf: (exported: Exported) => Content | Promise<Content>) =>
  async (exported: Exported): Promise<ExportedFile> => ({
    name: exportName(exported.experiment, exported.now, ending),
    content: await contentOf(exported),
    type,
  });

/** All that runs can be saved as. */
export const FORMATS: readonly Format[] = [
  {
    id: 'bundle',
    label: 'Seedlab bundle',
    about: 'Setting, curves and pictures in one file. Opens when dropped on any Seedlab page.',
    write: file(BUNDLE_ENDING, 'application/gzip', ({ link, build, records, now }) =>
      encodeBundle({ link, build, madeAt: now.getTime(), records }),
    ),
  },
  {
    id: 'csv',
    label: 'CSV',
    about: 'Long form, one line per value: run, variant, seed, metric, step, training time in ms, value.',
    write: file('.csv', 'text/csv', ({ records }) => csvOf(records)),
  },
  {
    id: 'json',
    label: 'JSON',
    about: 'The records as the lab keeps them, with device, digests, setting and every column.',
    write: file('.json', 'application/json', ({ records }) => recordsJson(records)),
  },
  {
    id: 'jsonl',
    label: 'JSON lines',
    about: 'One object per run and step with its metrics, _step and _runtime (seconds), as W&B names them.',
    write: file('.jsonl', 'application/x-ndjson', ({ records }) => jsonLinesOf(records)),
  },
  {
    id: 'tensorboard',
    label: 'TensorBoard',
    about: 'A zip of event files, one folder per run. Unpack it, then tensorboard --logdir.',
    write: file('-tensorboard.zip', 'application/zip', ({ records, now }) =>
      tensorBoardZip(records, now.getTime()),
    ),
  },
  {
    id: 'model',
    label: 'Trained model',
    about:
      'Weights as safetensors, after the last step or, of a run that the lens asks, the last evaluation; with the whole run inside, so that it opens like a bundle. Several come in a zip.',
    write: modelFile,
  },
];

async function modelFile({ link, build, records, now, experiment }: Exported): Promise<ExportedFile> {
  const checkpoints = await openCheckpoints();
  const models: { path: string; bytes: Uint8Array<ArrayBuffer> }[] = [];
  for (const record of records) {
    const stored = await checkpoints.read(modelOf(record.id));
    if (!stored) continue;
    const path = `${fileNamePart(record.variant)}-seed${record.seed}-${fileNamePart(record.id)}${MODEL_ENDING}`;
    models.push({ path, bytes: await withRunInside(stored, record, { link, build, madeAt: now.getTime() }) });
  }
  const [first, second] = models;
  if (!first)
    throw new DataError(
      'None of these runs has a model here. A run keeps its model when it is done; one that was recorded, or opened from a bundle, has none.',
    );
  if (!second) return { name: first.path, content: first.bytes, type: 'application/octet-stream' };
  const zip = zipOf(models, now.getTime());
  return { name: exportName(experiment, now, '-models.zip'), content: zip, type: 'application/zip' };
}
