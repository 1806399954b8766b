import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { RunRequest } from '../../src/run/protocol';
import type { Outcome, RunnerClient } from '../../src/ui/runner-client.svelte';
import { RunnerPool } from '../../src/ui/runner-pool';
import { FakeWorker } from './ui-fake-worker';

vi.stubGlobal('Worker', FakeWorker);

const WEBGPU = { backend: 'webgpu', adapter: 'test', software: true } as const;
const DONE: Outcome = { status: 'done', summary: {}, device: WEBGPU };
const request = (runId: string): RunRequest => ({ runId, experiment: 'small', spec: {}, seed: 0 });

let pool: RunnerPool;
const workers = () => FakeWorker.made;

/** Trains a run on a worker to an end, and gives the worker back. */
async function train(client: RunnerClient, runId: string, outcome: Outcome): Promise<Outcome> {
  const ended = client.start(request(runId), () => undefined);
  const worker = await vi.waitFor(() => {
    const found = workers().find((it) => it.request?.runId === runId);
    if (!found) throw new Error('not begun yet');
    return found;
  });
  worker.end(outcome);
  pool.giveBack(client, await ended);
  return ended;
}

beforeEach(() => {
  FakeWorker.made = [];
  FakeWorker.device = WEBGPU;
  pool = new RunnerPool();
});

afterEach(() => {
  vi.useRealTimers();
  FakeWorker.device = { ...WEBGPU, backend: 'wasm' };
});

describe('workers for runs', () => {
  test('one that has ended a run trains the next', async () => {
    const first = await pool.take();
    expect(await train(first, 'a', DONE)).toEqual(DONE);
    const again = await pool.take();
    expect(again).toBe(first);
    expect(await train(again, 'b', DONE)).toEqual(DONE);
    expect(workers()).toHaveLength(1);
    expect(workers()[0]?.terminated).toBe(false);
  });

  test('two at once are two workers', async () => {
    expect(await pool.take()).not.toBe(await pool.take());
    expect(workers()).toHaveLength(2);
  });

  test('the one that said what it computes on trains the first run', async () => {
    expect(await pool.probe()).toEqual(WEBGPU);
    await pool.take();
    expect(workers()).toHaveLength(1);
  });

  test('a run that is wanted while it is asked waits for it', async () => {
    const asked = pool.probe();
    const [first, second] = await Promise.all([pool.take(), pool.take()]);
    await asked;
    expect(workers()).toHaveLength(2); // the asked one, and one for the second run
    expect(first).not.toBe(second);
    expect(await train(first, 'a', DONE)).toEqual(DONE);
    expect(workers()[0]?.request?.runId).toBe('a');
  });

  test('one in which a run failed is ended', async () => {
    const fault = { name: 'DeviceError', message: 'full' };
    await train(await pool.take(), 'a', { status: 'failed', fault, device: WEBGPU });
    expect(workers()[0]?.terminated).toBe(true);
    await pool.take();
    expect(workers()).toHaveLength(2);
  });

  test('one on WebAssembly is ended: its memory never shrinks', async () => {
    FakeWorker.device = { ...WEBGPU, backend: 'wasm' };
    await pool.probe();
    expect(workers()[0]?.terminated).toBe(true);
    await train(await pool.take(), 'a', DONE);
    expect(workers()[1]?.terminated).toBe(true);
  });

  test('one that the browser has ended without a word is not used', async () => {
    await train(await pool.take(), 'a', DONE);
    workers()[0]?.vanish();
    await pool.take();
    expect(workers()).toHaveLength(2);
    expect(workers()[0]?.terminated).toBe(true);
  });

  test('without work for a minute it ends', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    await pool.probe();
    vi.advanceTimersByTime(59_000);
    expect(workers()[0]?.terminated).toBe(false);
    vi.advanceTimersByTime(2000);
    expect(workers()[0]?.terminated).toBe(true);
  });

  test('a run that stopped in time does not end its worker later', async () => {
    const client = await pool.take();
    const ended = client.start(request('a'), () => undefined);
    await vi.waitFor(() => expect(workers()[0]?.request?.runId).toBe('a'));
    client.stop(50);
    client.stop(50); // pressed twice
    expect(await ended).toMatchObject({ status: 'stopped' });
    pool.giveBack(client, await ended);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(workers()[0]?.terminated).toBe(false);
  });
});
