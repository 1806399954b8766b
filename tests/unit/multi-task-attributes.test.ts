import { describe, expect, test } from 'vitest';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import {
  attributeHolds,
  FASHION_ATTRIBUTES,
  positiveShare,
  TRANSFORM_CHANCES,
  TRANSFORMS,
  type Transform,
} from '../../src/data/attributes';
import { createRng } from '../../src/math/philox-rng';
import { loadToy } from './data-toy-site';

/** Serves what `npm run data` prepared. */
const fetch = async (url: URL): Promise<Response> =>
  new Response(await readFile(path.join('.data', url.pathname.replace('/lab/data/', ''))));

describe('attributes of Fashion-MNIST', () => {
  test('have exactly the stated shares of positives on the official labels, both splits', async () => {
    const { dataset } = await loadToy({ fetch }, {}, undefined, 'fashion-mnist');
    expect(dataset.train.labels).toHaveLength(60_000);
    for (const attribute of FASHION_ATTRIBUTES)
      for (const { labels } of [dataset.train, dataset.test])
        expect(positiveShare(attribute, labels), attribute.id).toBeCloseTo(attribute.share, 12);
  });

  test('are a dozen or more, the most common first, some of them rare', () => {
    const shares = FASHION_ATTRIBUTES.map(({ share }) => share);
    expect(shares.length).toBeGreaterThanOrEqual(12);
    expect(shares).toEqual([...shares].sort((a, b) => b - a));
    expect(shares.filter((share) => share < 0.03)).toHaveLength(3);
    expect(new Set(FASHION_ATTRIBUTES.map(({ id }) => id)).size).toBe(shares.length);
    expect(new Set(FASHION_ATTRIBUTES.map(({ label }) => label)).size).toBe(shares.length);
  });

  test('hold as often as stated when images are drawn', () => {
    const rng = createRng(3);
    const draws = 40_000;
    const positives = FASHION_ATTRIBUTES.map(() => 0);
    for (let i = 0; i < draws; i++) {
      const done = new Set<Transform>(TRANSFORMS.filter((name) => rng.uniform() < TRANSFORM_CHANCES[name]));
      const label = rng.below(10);
      for (const [k, attribute] of FASHION_ATTRIBUTES.entries())
        if (attributeHolds(attribute, label, done)) positives[k] = (positives[k] ?? 0) + 1;
    }
    for (const [k, { id, share }] of FASHION_ATTRIBUTES.entries())
      expect(Math.abs((positives[k] ?? NaN) / draws - share), id).toBeLessThan(
        4 * Math.sqrt((share * (1 - share)) / draws),
      );
  });
});
