import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { stderr } from 'node:process';
import { BUNDLE_ENDING, decodeBundle, encodeBundle } from '../run/bundle';
import type { Card } from '../run/card';
import type { RunRecord } from '../run/record';
import { specOfPreset, type Link } from '../spec/link';
import { SpecError } from '../spec/parse-spec';
import { readableJson } from './measured-file';
import { recordedForm, recordingOf } from './recording';

/** A recording that is larger makes the page slow to open. */
const MOST_BYTES = 400 * 1024;
/** Snapshots of a name that are kept of each run at first, and how few there may be of the first seed's. */
const [SNAPSHOTS, FEWEST_SNAPSHOTS] = [24, 2];

/**
 * The two files of a link's recording.
 * @throws SpecError where the link runs something else than a preset.
 */
export function recordingFiles(card: Card, link: Link): { bundle: string; about: string } {
  const preset = specOfPreset(card, link.preset);
  const changed = Object.keys(card.knobs).filter((name) => link.spec[name] !== preset[name]);
  if (changed.length > 0) {
    const message = `a recording is of a preset as it is, but the link changes ${changed.join(', ')}`;
    throw new SpecError([{ where: 'record', message }]);
  }
  const folder = path.join('src', 'experiments', card.id, 'recorded');
  return {
    bundle: path.join(folder, `${link.preset}${BUNDLE_ENDING}`),
    about: path.join(folder, `${link.preset}.json`),
  };
}

/** Runs that the file has already and that still compute what the link asks for; none where there is no file. */
async function earlierRecords(file: string, fresh: readonly RunRecord[]): Promise<RunRecord[]> {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = Uint8Array.from(await readFile(file));
  } catch {
    return [];
  }
  const { records } = await decodeBundle(bytes);
  const [first] = fresh;
  const digests = new Set(fresh.map(({ specDigest }) => specDigest));
  const repeated = (old: RunRecord): boolean =>
    fresh.some(({ specDigest, seed }) => specDigest === old.specDigest && seed === old.seed);
  const kept = records.filter((old) => digests.has(old.specDigest) && !repeated(old));
  const strange = kept.filter(
    ({ device, build }) => device?.adapter !== first?.device?.adapter || build !== first?.build,
  );
  if (strange.length > 0)
    stderr.write(`${strange.length} earlier runs of another device or build in ${file} give way.\n`);
  return kept.filter((old) => !strange.includes(old));
}

/**
 * Writes what was run as the page ships it, with the seeds that an earlier command left in the file where `add` says so. Series are
 * kept whole; of the snapshots as many as fit, those of further seeds going first. Writes nothing unless all runs are done.
 */
export async function keepRecording(
  card: Card,
  link: Link,
  records: readonly RunRecord[],
  { planned, add, busy }: { planned: number; add: boolean; busy: boolean },
): Promise<void> {
  const files = recordingFiles(card, link);
  const done = records.filter(({ status }) => status === 'done').length;
  if (done < planned) {
    stderr.write(`${files.bundle} is left as it was: ${done} of ${planned} runs are done.\n`);
    return;
  }
  const order = link.variants.map(({ name }) => name);
  const all = [...(add ? await earlierRecords(files.bundle, records) : []), ...records].sort(
    (a, b) => a.seed - b.seed || order.indexOf(a.variant) - order.indexOf(b.variant),
  );
  const recording = recordingOf(card, link, all, { cores: availableParallelism(), busy });
  const madeAt = Math.max(...all.map(({ createdAt }) => createdAt));
  const encoded = (snapshots: number, further: number) =>
    encodeBundle({
      link: recording.link,
      build: recording.build,
      madeAt,
      records: all.map((record) => recordedForm(record, record.seed === all[0]?.seed ? snapshots : further)),
    });
  let snapshots = SNAPSHOTS;
  let further = SNAPSHOTS;
  let bytes = await encoded(snapshots, further);
  if (bytes.length > MOST_BYTES) bytes = await encoded(snapshots, (further = 0));
  while (bytes.length > MOST_BYTES && snapshots > FEWEST_SNAPSHOTS)
    bytes = await encoded((snapshots = Math.max(FEWEST_SNAPSHOTS, Math.floor(snapshots * 0.75))), further);
  await mkdir(path.dirname(files.bundle), { recursive: true });
  await writeFile(files.bundle, bytes);
  await writeFile(files.about, `${readableJson(recording)}\n`);
  stderr.write(
    `${files.bundle}: ${all.length} runs, at most ${snapshots} snapshots of a name${further === 0 ? ', of the first seed alone' : ''}, ${(bytes.length / 1024).toFixed(0)} KB.\n`,
  );
}
