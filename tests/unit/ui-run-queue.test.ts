import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { PlannedRun } from '../../src/run/plan';
import type { RecordKeeper } from '../../src/ui/record-keeper.svelte';
import { LabRun } from '../../src/ui/lab-run.svelte';
import { RunQueue } from '../../src/ui/run-queue.svelte';
import { FakeWorker } from './ui-fake-worker';

vi.stubGlobal('Worker', FakeWorker);
vi.stubGlobal('navigator', {});
vi.stubGlobal('requestAnimationFrame', (draw: () => void) => setTimeout(draw, 0));

const saved: string[] = [];
const keeper = {
  trouble: null,
  save: async (run: { variant: string; status: string }) => void saved.push(`${run.variant} ${run.status}`),
  saveNowAndThen: async () => undefined,
  forget: async () => undefined,
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
/** The worker that trains a variant, once it has its request. */
const workerOf = async (variant: string): Promise<FakeWorker> => {
  const id = queue.runs.findLast((run) => run.variant === variant)?.id;
  return vi.waitFor(() => {
    const found = FakeWorker.made.find((worker) => worker.request?.runId === id);
    if (!found) throw new Error(`no worker trains ${variant} yet`);
    return found;
  });
};

beforeEach(() => {
  FakeWorker.made = [];
  saved.length = 0;
  atOnce = 2;
  queue = new RunQueue({ keeper, atOnce: () => atOnce, announce: () => undefined });
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
