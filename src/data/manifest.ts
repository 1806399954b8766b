import { DataError } from './data-source';

/** A file with consecutive examples of one split: gzip of the labels, a byte each, then the images. */
export interface Shard {
  /** Name inside the data set's folder. */
  file: string;
  /** Examples. */
  count: number;
  /** Size of the file as it is stored and sent. */
  storedBytes: number;
  /** SHA-256 of the file as it is stored, in hexadecimal. */
  storedSha256: string;
  /** SHA-256 of the labels and pixels it stands for, in hexadecimal. */
  sha256: string;
}

export interface SplitManifest {
  /** Examples in the official split. */
  count: number;
  shards: readonly Shard[];
}

/** How the images lie inside a shard: as they are, or as residuals of PNG's Paeth predictor. */
export type PixelEncoding = 'plain' | 'paeth';

/** What `scripts/prepare-data.mjs` made of one data set: the `manifest.json` beside the shards. */
export interface Manifest {
  name: string;
  /** Height and width in pixels, channels. */
  shape: readonly [height: number, width: number, channels: number];
  classes: readonly string[];
  /** Per channel over the training split, of pixels scaled to [0, 1]. */
  mean: readonly number[];
  standardDeviation: readonly number[];
  pixelEncoding: PixelEncoding;
  train: SplitManifest;
  test: SplitManifest;
}

/** Changes when an older reader would misread the shards. */
const FORMAT = 1;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads a manifest and checks all of it, so that the code behind never meets a half-true one.
 * @throws DataError that names the first field that is wrong.
 */
export function parseManifest(text: string, name: string): Manifest {
  const fail = (problem: string): never => {
    throw new DataError(`The manifest of ${name} is not usable: ${problem}. Run "npm run data ${name}".`);
  };
  const require = (holds: boolean, problem: string): void => {
    if (!holds) fail(problem);
  };
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch {
    fail('it is no JSON');
  }
  if (!isFields(root)) return fail('it is no JSON object');
  require(root['format'] === FORMAT, `its format is ${shown(root['format'])}, this build reads ${FORMAT}`);
  require(root['name'] === name, `it says it is ${shown(root['name'])}`);

  const list = <T>(key: string, isElement: (value: unknown) => value is T): readonly T[] => {
    const value = root[key];
    return Array.isArray(value) && value.every(isElement)
      ? value
      : fail(`${key} is ${shown(value)}, which is no list of the right kind`);
  };
  const [height, width, channels, ...more] = list('shape', isCount);
  if (height === undefined || width === undefined || channels === undefined || more.length > 0) {
    return fail('shape is not height, width and channels');
  }
  const classes = list('classes', (value): value is string => typeof value === 'string');
  require(classes.length >= 2 && classes.length <= 256, `it lists ${classes.length} classes`);
  const mean = list('mean', isFiniteNumber);
  const standardDeviation = list('standardDeviation', isFiniteNumber);
  require(mean.length === channels, `mean has ${mean.length} values for ${channels} channels`);
  require(standardDeviation.length === channels &&
    standardDeviation.every(
      (value) => value > 0,
    ), 'standardDeviation is not one positive number per channel');
  const pixelEncoding = root['pixelEncoding'];
  if (pixelEncoding !== 'plain' && pixelEncoding !== 'paeth') {
    return fail(`pixelEncoding is ${shown(pixelEncoding)}, neither plain nor paeth`);
  }

  const split = (key: 'train' | 'test'): SplitManifest => {
    const value = root[key];
    if (!isFields(value) || !isCount(value['count']) || !Array.isArray(value['shards'])) {
      return fail(`${key} is not a count and a list of shards`);
    }
    const shards = value['shards'].map((shard: unknown, index) =>
      isShard(shard) ? shard : fail(`shard ${index} of ${key} is ${shown(shard)}`),
    );
    const total = shards.reduce((sum, shard) => sum + shard.count, 0);
    require(total ===
      value['count'], `the shards of ${key} hold ${total} examples of ${String(value['count'])}`);
    return { count: total, shards };
  };
  const shape = [height, width, channels] as const;
  const [train, test] = [split('train'), split('test')];
  return { name, shape, classes, mean, standardDeviation, pixelEncoding, train, test };
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) > 0;

const isFiniteNumber = (value: unknown): value is number => Number.isFinite(value);

/** The file name is held to its pattern because it becomes part of an address. */
const isShard = (value: unknown): value is Shard =>
  isFields(value) &&
  /^(train|test)-\d{3}\.bin$/.test(String(value['file'])) &&
  isCount(value['count']) &&
  isCount(value['storedBytes']) &&
  isSha256(value['storedSha256']) &&
  isSha256(value['sha256']);

const isSha256 = (value: unknown): boolean => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);

const shown = (value: unknown): string =>
  value === undefined ? 'missing' : JSON.stringify(value).slice(0, 80);
