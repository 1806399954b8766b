import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { megabytes, startProgress } from '../progress.mjs';
import { cifar10 } from './cifar-10.mjs';
import { fashionMnist } from './fashion-mnist.mjs';
import { requireKnownFigures } from './known-figures.mjs';
import { mnist } from './mnist.mjs';
import { FORMAT, isComplete, writeSplit } from './shards.mjs';
import { channelStatistics } from './statistics.mjs';

const PREPARED = path.resolve('.data');

/** By name, the quickest first. */
export const dataSets = new Map([fashionMnist, mnist, cifar10].map((dataSet) => [dataSet.name, dataSet]));

/** Removes what an interrupted preparation left behind, and nothing of one that still runs. */
async function removeRemains() {
  for (const entry of await readdir(PREPARED)) {
    const [, processId] = entry.match(/^\.partial-.+-(\d+)$/) ?? [];
    if (processId !== undefined && !isRunning(Number(processId))) {
      await rm(path.join(PREPARED, entry), { recursive: true, force: true });
    }
  }
}

function isRunning(/** @type {number} */ processId) {
  try {
    process.kill(processId, 0); // signal 0 only asks
    return true;
  } catch {
    return false;
  }
}

/**
 * Makes `.data/<name>` unless it is already whole. It appears all at once: a server never sees half of it.
 * @param {string} name
 * @throws Error in plain words; what was there before stays.
 */
export async function prepare(name) {
  const dataSet = dataSets.get(name);
  if (dataSet === undefined) {
    throw new Error(`There is no data set "${name}"; there are ${[...dataSets.keys()].join(', ')}.`);
  }
  const folder = path.join(PREPARED, name);
  await mkdir(PREPARED, { recursive: true });
  await removeRemains();
  if (await isComplete(folder)) {
    console.log(`${name}: ready`);
    return;
  }
  const splits = await dataSet.read();
  const progress = startProgress(`Preparing ${name}`);
  const statistics = channelStatistics(splits.train.pixels, dataSet.shape[2]);
  requireKnownFigures(dataSet, splits, statistics);

  const partial = path.join(PREPARED, `.partial-${name}-${process.pid}`);
  await mkdir(partial);
  try {
    const total = splits.train.labels.length + splits.test.labels.length;
    const report = (/** @type {number} */ done) =>
      progress.update(done / total, `${done} of ${total} images`);
    const train = await writeSplit(partial, 'train', splits.train, dataSet, report);
    const test = await writeSplit(partial, 'test', splits.test, dataSet, (done) =>
      report(train.count + done),
    );
    const { shape, classes, pixelEncoding } = dataSet;
    const manifest = { format: FORMAT, name, shape, classes, ...statistics, pixelEncoding, train, test };
    await writeFile(path.join(partial, 'manifest.json'), `${JSON.stringify(manifest, null, 1)}\n`);
    await rm(folder, { recursive: true, force: true });
    await rename(partial, folder);
    const bytes = [...train.shards, ...test.shards].reduce((sum, shard) => sum + shard.storedBytes, 0);
    progress.finish(`${total} images in ${megabytes(bytes)}`);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}
