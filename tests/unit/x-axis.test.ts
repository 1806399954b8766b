import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { X_AXES, xAt, xPerStep } from '../../src/run/x-axis';
import { X_AXIS } from '../../src/ui/axis-words';

const facts = { batchSize: 50, epochExamples: 1000, flopsPerStep: 3e9 };

describe('axes', () => {
  test('a step becomes epochs, examples, FLOPs and seconds', () => {
    const moment = { step: 40, trainMs: 2500 };
    expect(X_AXES.map((axis) => xAt(axis, facts, moment))).toEqual([40, 2, 2000, 2.5, 1.2e11]);
  });

  test('without facts only steps and seconds can be told', () => {
    const moment = { step: 40, trainMs: 2500 };
    expect(X_AXES.map((axis) => xAt(axis, undefined, moment))).toEqual([40, null, null, 2.5, null]);
    expect(xPerStep('epoch', { ...facts, epochExamples: 0 })).toBeNull();
  });

  test('later is never further left, on any axis', () => {
    const moments = fc.tuple(fc.nat(1e6), fc.nat(1e6), fc.nat(1e9), fc.nat(1e9));
    fc.assert(
      fc.property(fc.constantFrom(...X_AXES), moments, (axis, [step, more, ms, moreMs]) => {
        const before = xAt(axis, facts, { step, trainMs: ms }) ?? NaN;
        const after = xAt(axis, facts, { step: step + more, trainMs: ms + moreMs }) ?? NaN;
        return after >= before;
      }),
    );
  });

  test('ticks read well', () => {
    expect(X_AXIS.epoch.format(1.25)).toBe('1.25');
    expect(X_AXIS.seconds.format(95)).toBe('1:35');
    expect(X_AXIS.step.format(12000)).toBe('12,000');
  });
});
