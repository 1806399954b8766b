import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { X_AXES } from '../../src/run/x-axis';
import { ALL, readView, unknownNames, withoutProvenance, withView } from '../../src/ui/view';

describe('view keys', () => {
  test('usual values where a link says nothing', () => {
    expect(readView({})).toEqual({
      view: {
        ...{ x: 'step', logX: false, logY: null, smoothing: 0, parallel: null },
        ...{ means: true, base: null, of: null, diff: null },
      },
      problems: [],
    });
  });

  test('every bad value is listed and the usual one stands in its place', () => {
    const { view, problems } = readView({
      x: 'moon',
      xs: 'root',
      y: 'cubic',
      smooth: '7',
      parallel: '0',
      bands: '3',
    });
    expect(view).toEqual(readView({}).view);
    expect(problems.map(({ where }) => where)).toEqual(['x', 'xs', 'y', 'smooth', 'parallel', 'bands']);
    expect(readView({ smooth: '' }).problems).toHaveLength(1);
  });

  test('what is written is read again, and keys it does not know are kept', () => {
    const views = fc.record({
      x: fc.constantFrom(...X_AXES),
      logX: fc.boolean(),
      logY: fc.constantFrom(null, true, false),
      smoothing: fc.integer({ min: 0, max: 99 }).map((percent) => percent / 100),
      parallel: fc.constantFrom(null, 1, 2, 3, 4),
      means: fc.boolean(),
      base: fc.constantFrom(null, 'Dense', 'router:amod,capacity:0.5'),
      of: fc.constantFrom(null, ALL, 'A-MoD'),
      diff: fc.constantFrom(null, 'testLoss'),
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
    expect(withView({ y: 'log', x: 'flops' }, { logY: null, x: 'step' })).toEqual({});
    expect(withView({}, { logY: false })).toEqual({ y: 'linear' });
    expect(withView({ bands: 'off', base: 'Dense' }, { means: true, base: null })).toEqual({});
  });

  test('a name that the card or the comparison does not have is a problem', () => {
    const known = { variants: ['A', 'B'], metrics: ['loss'] };
    const { view } = readView({ base: 'C', of: ALL, diff: 'accuracy' });
    expect(unknownNames(view, known)).toEqual([
      { where: 'base', message: 'expected one of A, B, got "C"' },
      { where: 'diff', message: 'expected one of loss, got "accuracy"' },
    ]);
    expect(unknownNames(readView({ base: 'A', of: 'B', diff: 'loss' }).view, known)).toEqual([]);
  });

  test('an edited setting loses where it came from and nothing else', () => {
    expect(withoutProvenance({ build: 'a', spec: 'b', data: 'c', x: 'flops', lens: 'd' })).toEqual({
      x: 'flops',
      lens: 'd',
    });
  });
});
