import { describe, expect, it } from 'vitest';
import { DataError } from '../../src/data/data-source';
import { parseManifest } from '../../src/data/manifest';
import { toySite } from './data-toy-site';

const { manifest } = toySite();
const parse = (changes: Record<string, unknown>) =>
  parseManifest(JSON.stringify({ ...manifest, ...changes }), 'toy');

describe('a manifest', () => {
  it('is read whole', () => {
    const { format, ...fields } = manifest;
    expect(format).toBe(1);
    expect(parse({})).toEqual(fields);
  });

  const [shard] = manifest.test.shards;
  it.each([
    ['another format', { format: 2 }, 'format is 2'],
    ['another name', { name: 'mnist' }, 'says it is "mnist"'],
    ['a flat shape', { shape: [28, 28] }, 'shape'],
    ['a shape with a hole', { shape: [28, 0, 1] }, 'shape'],
    ['a single class', { classes: ['only'] }, '1 classes'],
    ['classes that are no text', { classes: [1, 2] }, 'classes'],
    ['a mean too many', { mean: [0.1, 0.2] }, 'mean has 2 values'],
    ['a missing mean', { mean: undefined }, 'mean is missing'],
    ['no deviation', { standardDeviation: [0] }, 'standardDeviation'],
    ['an unknown encoding', { pixelEncoding: 'zip' }, 'pixelEncoding is "zip"'],
    ['a missing split', { test: undefined }, 'test'],
    ['a wrong total', { test: { ...manifest.test, count: 4 } }, 'hold 3 examples of 4'],
    [
      'a file outside the folder',
      { test: { count: 3, shards: [{ ...shard, file: '../x' }] } },
      'shard 0 of test',
    ],
    ['a short digest', { test: { count: 3, shards: [{ ...shard, sha256: 'abc' }] } }, 'shard 0 of test'],
  ])('is refused with %s', (_, changes, problem) => {
    expect(() => parse(changes)).toThrow(DataError);
    expect(() => parse(changes)).toThrow(problem);
    expect(() => parse(changes)).toThrow('npm run data toy');
  });

  it.each(['', '[]', 'null', '<!doctype html>'])('is refused when the file is %j', (text) => {
    expect(() => parseManifest(text, 'toy')).toThrow(DataError);
  });
});
