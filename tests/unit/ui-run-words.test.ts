import { describe, expect, test } from 'vitest';
import type { RunFacts } from '../../src/run/events';
import { trainNote, trainRefusal } from '../../src/ui/panel/train-words';
import { progressOf, runStateText, type RunState } from '../../src/ui/run-words';

const plain = (text: string | null) => text?.replaceAll('\u00a0', ' ');
const facts = { totalSteps: 600 } as RunFacts;
const run: RunState = {
  status: 'running',
  stopping: false,
  step: 120,
  phase: { kind: 'phase', phase: 'training' },
  facts,
  msLeft: null,
};

describe('state of a run', () => {
  test('loading says what, and how many bytes', () => {
    const phase = {
      kind: 'phase',
      phase: 'loading',
      detail: 'Fashion-MNIST',
      progress: { done: 3.1e6, total: 6e6, unit: 'bytes' },
    } as const;
    const loading: RunState = { ...run, status: 'loading', phase };
    expect(plain(runStateText(loading))).toBe('loading Fashion-MNIST 3.1 of 6.0 MB');
    expect(progressOf(loading)).toBeCloseTo(3.1 / 6);
  });

  test('training says the step and the time left once that is known', () => {
    expect(runStateText(run)).toBe('training, step 120 of 600');
    expect(runStateText({ ...run, msLeft: 45_000 })).toBe('training, step 120 of 600, 0:45 left');
    expect(progressOf(run)).toBeCloseTo(0.2);
  });

  test('pre-training says how far it is, and what it waits for', () => {
    const phase = {
      kind: 'phase',
      phase: 'pretraining',
      detail: 'the dense model of this seed, loss 0.5',
      progress: { done: 30, total: 300, unit: 'steps' },
    } as const;
    const before: RunState = { ...run, step: 0, facts: undefined, phase };
    expect(runStateText(before)).toBe('pre-training, step 30 of 300');
    expect(runStateText({ ...before, status: 'paused' })).toBe('paused, pre-training, step 30 of 300');
    expect(progressOf(before)).toBeCloseTo(0.1);
    const waiting: RunState = {
      ...before,
      phase: { kind: 'phase', phase: 'pretraining', detail: 'waiting for another run' },
    };
    expect(runStateText(waiting)).toBe('pre-training: waiting for another run');
    expect(progressOf(waiting)).toBeNull();
    expect(runStateText({ ...before, status: 'stopped' })).toBe('stopped at step 0');
  });

  test('evaluating, compiling and the ends of a run', () => {
    const evaluating = {
      kind: 'phase',
      phase: 'evaluating',
      progress: { done: 500, total: 1000, unit: 'examples' },
    } as const;
    expect(runStateText({ ...run, phase: evaluating })).toContain('evaluating 500 of 1,000 examples');
    expect(runStateText({ ...run, status: 'failed' })).toBe('failed at step 120');
    expect(runStateText({ ...run, stopping: true })).toBe('stopping …');
    expect(progressOf({ ...run, status: 'compiling', phase: null })).toBeNull();
    expect(progressOf({ ...run, status: 'done' })).toBe(1);
  });
});

describe('what Train says', () => {
  const idle = { planned: 4, missing: 4, variants: 2, seeds: 2, busy: false, held: false, problems: 0 };

  test('what it will start', () => {
    expect(plain(trainNote(idle))).toBe('Train starts 4 runs: 2 variants × 2 seeds.');
    expect(plain(trainNote({ ...idle, missing: 1 }))).toContain('Train starts 1 of 4 runs');
    expect(trainRefusal(idle)).toBeNull();
  });

  test('why it cannot', () => {
    expect(plain(trainRefusal({ ...idle, problems: 2 }))).toContain('2 problems');
    expect(plain(trainRefusal({ ...idle, missing: 0 }))).toBe('All 4 runs of this setting are done');
    expect(plain(trainRefusal({ ...idle, missing: 0, planned: 2, busy: true }))).toContain('under way');
  });
});
