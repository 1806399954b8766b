/**
 * Makes `data/fashion-mnist/*.br` from the four official IDX files: `node scripts/pack-fashion-mnist.mjs FOLDER`.
 * Needed once; kept so that the committed bytes can be made again. Takes minutes: Brotli at its highest quality.
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { brotliCompressSync, constants, gunzipSync } from 'node:zlib';
import { parseIdx } from './data-sets/idx.mjs';
import { toResiduals } from './data-sets/paeth.mjs';

const IDX_FILES = {
  'train-images': 'train-images-idx3-ubyte',
  'train-labels': 'train-labels-idx1-ubyte',
  'test-images': 't10k-images-idx3-ubyte',
  'test-labels': 't10k-labels-idx1-ubyte',
};

const folder = process.argv[2];
if (folder === undefined) throw new Error('Name the folder that holds the official *-ubyte.gz files.');

for (const [name, idxFile] of Object.entries(IDX_FILES)) {
  const { dimensions, values } = parseIdx(gunzipSync(await readFile(path.join(folder, `${idxFile}.gz`))));
  const [, height, width] = dimensions;
  const bytes = height && width ? toResiduals(values, [height, width, 1]) : values;
  const packed = brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });
  await writeFile(new URL(`../data/fashion-mnist/${name}.br`, import.meta.url), packed);
  console.log(`${name}: ${packed.length} bytes`);
}
