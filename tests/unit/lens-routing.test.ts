import { describe, expect, it } from 'vitest';
import {
  imagesIn,
  isPictured,
  keptShares,
  likeliest,
  ranksOf,
  routingIn,
  routingOfImage,
} from '../../src/experiments/mixture-of-depths/lens/image-routing';
import { noPictureText } from '../../src/experiments/mixture-of-depths/lens/lens-words';
import {
  imagesShare,
  routesNothing,
  scoresAreShares,
  scoreText,
  tokenLines,
  tokenPlace,
} from '../../src/experiments/mixture-of-depths/lens/score-words';
import type { RoutingArrays } from '../../src/experiments/mixture-of-depths/routing-snapshot';
import { LabRun } from '../../src/ui/lab-run.svelte';
import { chosenRun } from '../../src/ui/lens/chosen-run';

/** Two images, two routed blocks, three tokens, two classes. */
const arrays = {
  blocks: { shape: [2], values: Int32Array.of(2, 4) },
  kept: { shape: [2, 2, 3], values: Uint8Array.of(1, 0, 1, 0, 1, 1, 1, 1, 0, 0, 0, 1) },
  scores: {
    shape: [2, 2, 3],
    values: Float32Array.of(0.5, 0.125, 0.375, 0, 0.5, 0.5, 0.4, 0.4, 0.2, 0.1, 0.2, 0.7),
  },
  probabilities: { shape: [2, 2], values: Float32Array.of(0.25, 0.75, 0.5, 0.5) },
  keptShare: { shape: [2, 3], values: Float32Array.of(1, 0.5, 0.5, 0.25, 0.75, 1) },
} satisfies RoutingArrays;

describe('reading a routing snapshot', () => {
  it('takes each image’s own rows', () => {
    const { blocks, probabilities } = routingOfImage(arrays, 1);
    expect(blocks.map(({ block }) => block)).toEqual([2, 4]);
    expect(blocks[0]?.kept).toEqual([true, true, false]);
    expect(blocks[1]?.kept).toEqual([false, false, true]);
    expect(blocks[1]?.scores[2]).toBeCloseTo(0.7, 6);
    expect(probabilities).toEqual([0.5, 0.5]);
  });

  it('ranks by score, the earlier of equals first', () => {
    expect(ranksOf([0.4, 0.4, 0.2])).toEqual([1, 2, 3]);
    expect(ranksOf([0.1, 0.7, 0.2])).toEqual([3, 1, 2]);
    expect(routingOfImage(arrays, 0).blocks[0]?.ranks).toEqual([1, 3, 2]);
  });

  it('keeps the shares of each block apart', () => {
    expect(keptShares(arrays)).toEqual([
      { block: 2, shares: [1, 0.5, 0.5] },
      { block: 4, shares: [0.25, 0.75, 1] },
    ]);
  });

  it('a model that routes nothing still classifies', () => {
    const none = { shape: [1, 0, 0], values: new Float32Array() };
    const dense = {
      blocks: { shape: [0], values: new Int32Array() },
      kept: none,
      scores: none,
      probabilities: { shape: [1, 2], values: Float32Array.of(0.25, 0.75) },
    };
    expect(routingOfImage(dense, 0)).toEqual({ blocks: [], probabilities: [0.25, 0.75] });
  });

  it('knows what a snapshot holds', () => {
    expect(routingIn({ name: 'routing', step: 1, arrays })).toEqual(arrays);
    expect(routingIn({ name: 'routing', step: 1, arrays: { blocks: arrays.blocks } })).toBeNull();
    expect(imagesIn({ name: 'images', step: 0, arrays })).toBeNull();
  });

  it('orders classes by probability', () => {
    expect(likeliest([0.1, 0.6, 0.3], 2)).toEqual([
      { label: 1, probability: 0.6 },
      { label: 2, probability: 0.3 },
    ]);
    expect(likeliest([], 3)).toEqual([]);
  });
});

describe('words for tokens', () => {
  const grid = { rows: 1, columns: 2 };
  const block = { block: 2, kept: [true, false, true], scores: [0.5, 0.125, 0.375], ranks: [1, 3, 2] };

  it('a score has three significant digits, and is set beside the mean where scores sum to 1', () => {
    expect(scoreText(0.02104)).toBe('0.0210');
    expect(scoreText(-1.5)).toBe('−1.50');
    expect(scoreText(0)).toBe('0.00');
    expect(scoreText(1234)).toBe('1230');
    expect(scoreText(0.0000123)).toBe('1.23e−5');
    expect(tokenLines(block, 2, true)).toEqual(['Kept, rank 2 of 3', 'Score 0.375', '1.13\u00a0× the mean']);
    expect(tokenLines(block, 1, false)).toEqual(['Skipped, rank 3 of 3', 'Score 0.125']);
  });

  it('names the place of a token', () => {
    expect(tokenPlace(grid, true, 0)).toBe('class token');
    expect(tokenPlace(grid, true, 2)).toBe('row 1, column 2');
    expect(tokenPlace(grid, false, 0)).toBe('row 1, column 1');
  });

  it('knows which routers go by attention, and which do not route', () => {
    expect(['amod', 'amod-gated', 'cls-attention'].every(scoresAreShares)).toBe(true);
    expect(['linear', 'linear-sigmoid', 'random', 'token-norm', undefined].some(scoresAreShares)).toBe(false);
    expect(['dense', 'isoflop'].every(routesNothing)).toBe(true);
    expect(routesNothing('amod')).toBe(false);
  });

  it('shares of images', () => {
    expect(imagesShare(0.8336)).toBe('83.4\u00a0%');
    expect(imagesShare(1)).toBe('100.0\u00a0%');
  });
});

describe('which run is shown', () => {
  const made = (variant: string, seed: number, pictured: boolean): LabRun => {
    const plan = { experiment: 'e', variant, seed, spec: {}, specDigest: variant };
    const run = new LabRun(plan, { id: `${variant} ${seed}`, build: '', createdAt: 0 });
    if (pictured) run.snapshots.add({ name: 'routing', step: 1, arrays });
    return run;
  };
  const isMethod = (variant: string) => variant === 'Method';
  const idOf = (runs: readonly LabRun[], choice: string | null = null) =>
    chosenRun(runs, choice, isMethod, isPictured)?.id;

  it('the method’s newest with pictures, then any with pictures, then the method’s newest', () => {
    expect(idOf([])).toBeUndefined();
    expect(idOf([made('Base', 0, false)])).toBe('Base 0');
    expect(idOf([made('Method', 0, false), made('Base', 0, false)])).toBe('Method 0');
    expect(idOf([made('Method', 0, false), made('Other', 0, true)])).toBe('Other 0');
    const both = [
      made('Method', 0, true),
      made('Method', 1, true),
      made('Other', 1, true),
      made('Method', 2, false),
    ];
    expect(idOf(both)).toBe('Method 1');
  });

  it('the reader’s choice while it is there', () => {
    const runs = [made('Method', 0, true), made('Base', 0, false)];
    expect(idOf(runs, 'Base 0')).toBe('Base 0');
    expect(idOf(runs, 'gone')).toBe('Method 0');
  });

  it('says why there is no picture', () => {
    expect(noPictureText({ status: 'queued', step: 0, origin: 'here' })).toContain('waits');
    expect(noPictureText({ status: 'running', step: 1, origin: 'here' })).toContain('first evaluation');
    expect(noPictureText({ status: 'done', step: 1, origin: 'here' })).toContain('earlier version');
    expect(noPictureText({ status: 'done', step: 1, origin: 'recorded' })).toContain('first seed');
    expect(noPictureText({ status: 'failed', step: 0, origin: 'here' })).toContain(
      'before there was anything',
    );
  });
});
