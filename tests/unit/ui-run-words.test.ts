import { describe, expect, test } from 'vitest';
import type { RunFacts } from '../../src/run/events';
import { trainNote, trainRefusal } from '../../src/ui/panel/train-words';
import { originText, progressOf, runStateText, type RunState } from '../../src/ui/run-words';

const plain = (text: string | null) => text?.replaceAll('\u00a0', ' ');
const facts = { totalSteps: 600 } as RunFacts;
const run: RunState = {
  status: 'running',
  stopping: false,
  step: 120,
  phase: { kind: 'phase', phase: 'training' },
  facts,
  msLeft: null,
  checkpoint: undefined,
  recovering: false,
  elsewhere: false,
  silent: false,
  silentMs: 0,
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

  test('waiting says where it will go on', () => {
    const waiting: RunState = { ...run, status: 'queued', step: 0 };
    expect(runStateText(waiting)).toBe('waiting');
    expect(runStateText({ ...waiting, step: 240, checkpoint: 200 })).toBe('waiting to go on from step 200');
    const lost: RunState = { ...waiting, step: 240, recovering: true };
    expect(runStateText(lost)).toBe('interrupted at step 240, begins again');
    expect(runStateText({ ...lost, checkpoint: 200 })).toBe(
      'interrupted at step 240, will go on from step 200',
    );
  });

  test('a worker that does not answer is not said to train', () => {
    expect(plain(runStateText({ ...run, silent: true, silentMs: 15_000, msLeft: 1000 }))).toBe(
      'step 120 of 600, no answer for 15 s',
    );
  });

  test('a run of another tab says so, and as of when', () => {
    expect(runStateText({ ...run, status: 'stopped', elsewhere: true })).toBe(
      'in another tab, step 120 of 600 when last saved',
    );
  });

  test('where a run comes from that was not trained here', () => {
    const device = { backend: 'webgpu', adapter: 'nvidia hopper', software: false } as const;
    expect(originText({ origin: 'here', device })).toBe('');
    expect(originText({ origin: 'recorded', device })).toBe('recorded on WebGPU on nvidia hopper');
    expect(originText({ origin: 'imported', device: undefined })).toBe('from a file');
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
  const idle = {
    planned: 4,
    missing: 4,
    unfinished: 0,
    variants: 2,
    seeds: 2,
    busy: false,
    held: false,
    problems: 0,
  };

  test('what it will start', () => {
    expect(plain(trainNote(idle))).toBe('Train starts 4 runs: 2 variants × 2 seeds.');
    expect(plain(trainNote({ ...idle, missing: 1 }))).toContain('Train starts 1 of 4 runs');
    expect(trainRefusal(idle)).toBeNull();
  });

  test('what goes on from a checkpoint', () => {
    expect(plain(trainNote({ ...idle, unfinished: 1 }))).toBe(
      'Train goes on with 1 run from its checkpoint and starts 3 more.',
    );
    expect(plain(trainNote({ ...idle, missing: 2, unfinished: 2 }))).toBe(
      'Train goes on with 2 runs from their checkpoints. The others are done or under way and are kept.',
    );
  });

  test('why it cannot', () => {
    expect(plain(trainRefusal({ ...idle, problems: 2 }))).toContain('2 problems');
    expect(plain(trainRefusal({ ...idle, missing: 0 }))).toBe('All 4 runs of this setting are done');
    expect(plain(trainRefusal({ ...idle, missing: 0, planned: 2, busy: true }))).toContain('under way');
  });
});
