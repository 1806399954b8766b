import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { PlannedRun } from '../../src/run/plan';
import type { RecordKeeper } from '../../src/ui/record-keeper.svelte';
import { LabRun } from '../../src/ui/lab-run.svelte';
import { RunQueue } from '../../src/ui/run-queue.svelte';
import { RunnerPool } from '../../src/ui/runner-pool';
import { FakeWorker } from './ui-fake-worker';

vi.stubGlobal('Worker', FakeWorker);
vi.stubGlobal('navigator', {});
vi.stubGlobal('requestAnimationFrame', (draw: () => void) => setTimeout(draw, 0));

const saved: string[] = [];
const forgotten: string[] = [];
/** What storage has of a run that is about to go on. */
let inStorage: LabRun | null = null;
const keeper = {
  trouble: null,
  save: async (run: { variant: string; status: string }) => void saved.push(`${run.variant} ${run.status}`),
  saveNowAndThen: async () => undefined,
  stored: async () => inStorage,
  forget: async () => undefined,
  forgetRecords: async (runs: LabRun[]) => void forgotten.push(...runs.map(({ id }) => `record ${id}`)),
  forgetFiles: async (runs: LabRun[]) => void forgotten.push(...runs.map(({ id }) => `files ${id}`)),
  askToStay: async () => undefined,
} as unknown as RecordKeeper;

const plan = (...variants: string[]): PlannedRun[] =>
  variants.map((variant) => ({
    experiment: 'small',
    variant,
    seed: 0,
    spec: {},
    specDigest: `digest of ${variant}`,
  }));

let atOnce: number;
let queue: RunQueue;
const states = () => queue.runs.map(({ variant, status }) => `${variant} ${status}`);
/** The latest worker that trains a variant, once it has its request. @param nth of those that it has had */
const workerOf = async (variant: string, nth = 1): Promise<FakeWorker> => {
  const id = queue.runs.findLast((run) => run.variant === variant)?.id;
  return vi.waitFor(() => {
    const found = FakeWorker.made.filter((worker) => worker.request?.runId === id)[nth - 1];
    if (!found) throw new Error(`no worker trains ${variant} yet`);
    return found;
  });
};

beforeEach(() => {
  FakeWorker.made = [];
  saved.length = forgotten.length = 0;
  inStorage = null;
  atOnce = 2;
  const runners = new RunnerPool();
  queue = new RunQueue({
    ...{ keeper, runners },
    atOnce: () => atOnce,
    device: () => null,
    announce: () => undefined,
  });
});

describe('queue', () => {
  test('starts as many as fit, and the next when one ends, whose worker is then gone', async () => {
    queue.add(plan('A', 'B', 'C'), { held: false });
    expect(states()).toEqual(['A loading', 'B loading', 'C queued']);
    const a = await workerOf('A');
    a.report(1);
    await vi.waitFor(() => expect(states()[0]).toBe('A running'));
    a.end({ status: 'done', summary: {} });
    await vi.waitFor(() => expect(states()).toEqual(['A done', 'B loading', 'C loading']));
    expect(a.terminated).toBe(true);
    expect(saved).toContain('A done');
  });

  test('a failed run says why and leaves the others alone', async () => {
    queue.add(plan('A', 'B'), { held: false });
    (await workerOf('A')).end({ status: 'failed', fault: { name: 'DataError', message: 'gone' } });
    await vi.waitFor(() => expect(states()).toEqual(['A failed', 'B loading']));
    expect(queue.runs[0]?.fault?.message).toBe('gone');
    (await workerOf('B')).report(3);
    await vi.waitFor(() => expect(queue.runs[1]?.step).toBe(3));
  });

  test('pause holds all, is noted at the step where it happened, and nothing new starts', async () => {
    atOnce = 1;
    queue.add(plan('A', 'B'), { held: false });
    const a = await workerOf('A');
    a.report(5);
    queue.pause();
    await vi.waitFor(() => expect(a.commands).toEqual(['pause']));
    a.report(6, { paused: true });
    await vi.waitFor(() => expect(states()).toEqual(['A paused', 'B queued']));
    expect(queue.runs[0]?.notes).toEqual([{ step: 6, what: 'paused' }]);
    a.end({ status: 'done', summary: {} });
    await vi.waitFor(() => expect(states()).toEqual(['A done', 'B queued']));
    queue.resume();
    expect(states()).toEqual(['A done', 'B loading']);
  });

  test('a step from nothing begins held and is taken once the run is ready for it', async () => {
    queue.add(plan('A'), { held: true, steps: 1 });
    const a = await workerOf('A');
    expect(a.request?.paused).toBe(true);
    expect(a.commands).toEqual([]);
    a.report(0, { paused: true, scalars: [], phase: { kind: 'phase', phase: 'compiling' } });
    await vi.waitFor(() => expect(a.commands).toEqual(['step 1']));
    queue.step(10);
    await vi.waitFor(() => expect(a.commands).toEqual(['step 1', 'step 10']));
    expect(queue.runs[0]?.notes).toEqual([]);
    queue.resume();
    await vi.waitFor(() => expect(a.commands.at(-1)).toBe('resume'));
  });

  test('stop ends what trains, drops what waits and keeps what is done', async () => {
    atOnce = 1;
    queue.add(plan('A', 'B', 'C'), { held: false });
    (await workerOf('A')).end({ status: 'done', summary: {} });
    await workerOf('B');
    queue.stop();
    await vi.waitFor(() => expect(states()).toEqual(['A done', 'B stopped']));
    expect(queue.held).toBe(false);
  });

  test('a repeated run takes the place of its stopped predecessor only', async () => {
    queue.add(plan('A', 'B'), { held: false });
    (await workerOf('A')).end({ status: 'done', summary: {} });
    (await workerOf('B')).end({ status: 'failed', fault: { name: 'Error', message: 'no' } });
    await vi.waitFor(() => expect(states()).toEqual(['A done', 'B failed']));
    queue.add(plan('B'), { held: false });
    expect(states()).toEqual(['A done', 'B loading']);
  });

  test('runs of earlier visits come in by their age, and none twice', async () => {
    queue.add(plan('A'), { held: false });
    const [own] = queue.runs;
    if (!own) throw new Error('no run');
    const [planned] = plan('Old');
    if (!planned) throw new Error('no plan');
    const old = new LabRun(planned, { id: 'old', build: 'b', createdAt: own.createdAt - 1 });
    old.status = 'done';
    queue.show([own]);
    queue.show([old]);
    expect(states()).toEqual(['Old done', 'A loading']);
    (await workerOf('A')).end({ status: 'done', summary: {} });
    await vi.waitFor(() => expect(queue.busy).toBe(false));
  });

  test('removing a run under way ends its worker and does not save it again', async () => {
    queue.add(plan('A'), { held: false });
    const a = await workerOf('A');
    const [run] = queue.runs;
    if (!run) throw new Error('no run');
    queue.remove([run]);
    expect(a.terminated).toBe(true);
    await vi.waitFor(() => expect(queue.busy).toBe(false));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(saved).toEqual(['A loading']);
    expect(queue.runs).toEqual([]);
  });
});

/** The only run there is. */
const onlyRun = (): LabRun => {
  const [run] = queue.runs;
  if (!run || queue.runs.length > 1) throw new Error(`${queue.runs.length} runs`);
  return run;
};
/** Steps and values of the loss. */
const lossOf = (run: LabRun) => {
  const columns = run.series.of('loss');
  return columns ? [...columns.step.subarray(0, columns.length)] : [];
};
const LOST = {
  name: 'DeviceLostError',
  message: 'The graphics device was lost (gone).',
};
/** One that has taken ten steps and has a checkpoint at step 8, stopped there. */
async function stoppedAtTen(): Promise<LabRun> {
  queue.add(plan('A'), { held: false });
  const worker = await workerOf('A');
  for (let step = 1; step <= 10; step++) worker.report(step, step === 8 ? { checkpoint: 8 } : {});
  await vi.waitFor(() => expect(onlyRun().step).toBe(10));
  worker.end({ status: 'stopped' });
  await vi.waitFor(() => expect(states()).toEqual(['A stopped']));
  return onlyRun();
}

describe('going on', () => {
  test('Train lets a stopped run go on from its checkpoint, as the run that it is', async () => {
    const run = await stoppedAtTen();
    const before = run.series.of('loss')?.value;
    expect(run.resumable).toBe(true);
    queue.add(plan('A'), { held: false });
    const second = await workerOf('A', 2);
    expect(onlyRun()).toBe(run);
    expect(second.request?.resume).toEqual({ step: 8 });
    second.report(0, { scalars: [], phase: { kind: 'phase', phase: 'loading' } });
    await vi.waitFor(() => expect(run.status).toBe('loading'));
    expect([run.step, run.trainMs, lossOf(run).length]).toEqual([10, 100, 10]); // until it is known where it goes on
    second.report(9, { resumed: { step: 8, trainMs: 80 } });
    await vi.waitFor(() => expect(run.step).toBe(9));
    expect(lossOf(run)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(run.series.of('loss')?.value).not.toBe(before); // what was smoothed with the old column is dropped
    expect(run.notes).toEqual([{ step: 8, what: 'resumed' }]);
    second.end({ status: 'done', summary: {} });
    await vi.waitFor(() => expect(run.status).toBe('done'));
    expect(run.toRecord()).not.toHaveProperty('checkpoint');
  });

  test('where no checkpoint will do it begins anew, and nothing of before is mixed in', async () => {
    const run = await stoppedAtTen();
    queue.goOn(run);
    const second = await workerOf('A', 2);
    second.report(1, { resumed: { step: -1, trainMs: 0 } });
    await vi.waitFor(() => expect(run.step).toBe(1));
    expect([lossOf(run), run.notes, run.checkpoint]).toEqual([[1], [], undefined]);
    queue.stop();
  });

  test('one that waits to go on keeps what it was when it is not to any more', async () => {
    const run = await stoppedAtTen();
    atOnce = 0;
    queue.goOn(run);
    expect(states()).toEqual(['A queued']);
    queue.stop();
    expect(states()).toEqual(['A stopped']);
    expect([run.step, run.checkpoint]).toEqual([10, 8]);
  });

  test('what another tab has done with it meanwhile is shown instead', async () => {
    const run = await stoppedAtTen();
    inStorage = LabRun.fromRecord({ ...run.toRecord(), status: 'done', savedAt: Date.now() + 1 });
    queue.goOn(run);
    await vi.waitFor(() => expect(states()).toEqual(['A done']));
    expect(FakeWorker.made).toHaveLength(1);
  });

  test('a run of another build, a recorded one and one that diverged do not go on', async () => {
    const record = (await stoppedAtTen()).toRecord();
    const resumable = (change: object) => LabRun.fromRecord({ ...record, ...change }).resumable;
    expect(resumable({})).toBe(true);
    expect(resumable({ status: 'running' })).toBe(true); // its page was closed
    expect(resumable({ build: 'other' })).toBe(false);
    expect(resumable({ origin: 'recorded' })).toBe(false);
    expect(resumable({ origin: 'imported' })).toBe(false);
    expect(resumable({ status: 'done' })).toBe(false);
    expect(resumable({ status: 'failed', fault: { name: 'DivergedError', message: '' } })).toBe(false);
    expect(resumable({ status: 'failed', fault: { name: 'TypeError', message: '' } })).toBe(false);
    expect(resumable({ status: 'failed', fault: LOST })).toBe(true);
  });
});

describe('what may pass by itself', () => {
  test('a lost device: it goes on from its checkpoint, once', { timeout: 20_000 }, async () => {
    queue.add(plan('A'), { held: false });
    const first = await workerOf('A');
    first.report(8, { checkpoint: 8 });
    first.report(10);
    await vi.waitFor(() => expect(onlyRun().step).toBe(10));
    first.end({ status: 'failed', fault: LOST });
    await vi.waitFor(() => expect(onlyRun().recovering).toBe(true));
    expect(states()).toEqual(['A queued']);
    const second = await vi.waitFor(() => workerOf('A', 2), { timeout: 10_000, interval: 50 });
    expect(second.request?.resume).toEqual({ step: 8 });
    second.report(9, { resumed: { step: 8, trainMs: 80 } });
    await vi.waitFor(() => expect(onlyRun().step).toBe(9));
    second.end({ status: 'failed', fault: LOST });
    await vi.waitFor(() => expect(states()).toEqual(['A failed']));
    expect(onlyRun().fault?.message).toContain('after the same at step 10');
    expect(onlyRun().resumable).toBe(true);
  });

  test('again where it has come further meanwhile', { timeout: 20_000 }, async () => {
    const ended = { name: 'WorkerError', message: 'gone' };
    queue.add(plan('A'), { held: false });
    for (let life = 1; life <= 3; life++) {
      const worker = await workerOf('A', life);
      worker.report(10 * life, { checkpoint: 10 * life });
      await vi.waitFor(() => expect(onlyRun().checkpoint).toBe(10 * life));
      worker.end({ status: 'failed', fault: ended });
    }
    await workerOf('A', 4);
    queue.stop();
  });

  test('not numbers that left the finite, nor a worker that never began', async () => {
    queue.add(plan('A', 'B'), { held: false });
    const a = await workerOf('A');
    a.report(5, { checkpoint: 5 });
    await vi.waitFor(() => expect(queue.runs[0]?.checkpoint).toBe(5));
    a.end({ status: 'failed', fault: { name: 'DivergedError', message: 'NaN' } });
    (await workerOf('B')).end({ status: 'failed', fault: { name: 'WorkerError', message: 'no script' } });
    await vi.waitFor(() => expect(states()).toEqual(['A failed', 'B failed']));
  });
});

describe('removing', () => {
  test('is taken back with everything, or made final with the files', async () => {
    const run = await stoppedAtTen();
    queue.remove([run]);
    expect([queue.runs, queue.removed]).toEqual([[], [run]]);
    expect(forgotten).toEqual([`record ${run.id}`]);
    queue.undoRemoval();
    expect([queue.runs, queue.removed]).toEqual([[run], []]);
    expect(saved.at(-1)).toBe('A stopped');
    expect(run.resumable).toBe(true);
    queue.remove([run]);
    queue.settle();
    expect(forgotten.at(-1)).toBe(`files ${run.id}`);
    queue.undoRemoval();
    expect(queue.runs).toEqual([]);
  });

  test('starting anew takes the old run’s place, unless it is kept', async () => {
    const run = await stoppedAtTen();
    queue.startAnew(run);
    expect(states()).toEqual(['A loading']);
    expect(queue.removed).toEqual([run]);
    queue.stop();
    await vi.waitFor(() => expect(states()).toEqual(['A stopped']));
    const kept = onlyRun();
    kept.kept = true;
    queue.startAnew(kept);
    expect(states()).toEqual(['A stopped', 'A loading']);
    queue.stop();
  });
});
