import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import { CLASS_NAMES } from './class-names.mjs';
import { splitsFromIdx } from './idx-data-set.mjs';
import { formatIdx } from './idx.mjs';
import { fromGreyResiduals } from './paeth.mjs';

/** SHA-256 of the official files, unpacked. */
const DIGESTS = {
  'train-images': 'c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888',
  'train-labels': 'bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9',
  'test-images': '5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b',
  'test-labels': '0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34',
};

const SIDE = 28;

/** Unpacks one of the project's own files to the official IDX file. */
async function unpack(/** @type {keyof typeof DIGESTS} */ name) {
  const packed = await readFile(new URL(`../../data/fashion-mnist/${name}.br`, import.meta.url));
  const bytes = await promisify(brotliDecompress)(packed);
  if (name.endsWith('labels')) return formatIdx([bytes.length], bytes);
  const pixels = fromGreyResiduals(bytes, SIDE, SIDE);
  return formatIdx([bytes.length / (SIDE * SIDE), SIDE, SIDE], pixels);
}

/** Xiao, Rasul and Vollgraf 2017, Zalando SE; it comes with the project (`data/fashion-mnist`). */
export const fashionMnist = {
  name: 'fashion-mnist',
  shape: [SIDE, SIDE, 1],
  classes: CLASS_NAMES['fashion-mnist'],
  pixelEncoding: 'paeth',
  /** The known figures, rounded to four digits. */
  known: {
    mean: [0.286],
    standardDeviation: [0.353],
    trainLabels: [9, 0, 0, 3, 0],
    testLabels: [9, 2, 1, 1, 6],
  },
  async read() {
    const [trainImages, trainLabels, testImages, testLabels] = await Promise.all([
      unpack('train-images'),
      unpack('train-labels'),
      unpack('test-images'),
      unpack('test-labels'),
    ]);
    return splitsFromIdx(
      {
        'train-images': trainImages,
        'train-labels': trainLabels,
        'test-images': testImages,
        'test-labels': testLabels,
      },
      DIGESTS,
    );
  },
};
