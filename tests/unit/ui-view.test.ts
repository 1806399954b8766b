import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { X_AXES } from '../../src/run/x-axis';
import { readView, withoutProvenance, withView } from '../../src/ui/view';

describe('view keys', () => {
  test('usual values where a link says nothing', () => {
    expect(readView({})).toEqual({
      view: { x: 'step', logY: false, smoothing: 0, parallel: null },
      problems: [],
    });
  });

  test('every bad value is listed and the usual one stands in its place', () => {
    const { view, problems } = readView({ x: 'moon', y: 'cubic', smooth: '7', parallel: '0' });
    expect(view).toEqual(readView({}).view);
    expect(problems.map(({ where }) => where)).toEqual(['x', 'y', 'smooth', 'parallel']);
    expect(readView({ smooth: '' }).problems).toHaveLength(1);
  });

  test('what is written is read again, and keys it does not know are kept', () => {
    const views = fc.record({
      x: fc.constantFrom(...X_AXES),
      logY: fc.boolean(),
      smoothing: fc.integer({ min: 0, max: 99 }).map((percent) => percent / 100),
      parallel: fc.constantFrom(null, 1, 2, 3, 4),
    });
    fc.assert(
      fc.property(views, (view) => {
        const keys = withView({ x: 'flops', lens: 'tokens' }, view);
        expect(readView(keys)).toEqual({ view, problems: [] });
        expect(keys['lens']).toBe('tokens');
      }),
    );
  });

  test('usual values are not written', () => {
    expect(withView({ y: 'log', x: 'flops' }, { logY: false, x: 'step' })).toEqual({});
  });

  test('an edited setting loses where it came from and nothing else', () => {
    expect(withoutProvenance({ build: 'a', spec: 'b', data: 'c', x: 'flops', lens: 'd' })).toEqual({
      x: 'flops',
      lens: 'd',
    });
  });
});
