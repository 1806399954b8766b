import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { className, classNames } from '../../src/data/class-names';
import { parseManifest } from '../../src/data/manifest';

describe('names of classes', () => {
  it('are told in label order, or numbers where the data set is not known', () => {
    expect(className('fashion-mnist', 9)).toBe('Ankle boot');
    expect(className('cifar-10', 0)).toBe('airplane');
    expect(className('unheard-of', 3)).toBe('class 3');
    expect(className('toString', 0)).toBe('class 0');
    expect(classNames('unheard-of')).toEqual([]);
  });

  it.for(['fashion-mnist', 'mnist', 'cifar-10'])(
    'are those of the manifest of %s',
    async (name, { skip }) => {
      const file = path.join('.data', name, 'manifest.json');
      if (!existsSync(file)) return skip(); // only Fashion-MNIST is prepared everywhere
      expect(classNames(name)).toEqual(parseManifest(await readFile(file, 'utf8'), name).classes);
    },
  );
});
