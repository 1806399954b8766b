import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { Batch, RunRequest } from '../../src/run/protocol';
import { RunnerClient } from '../../src/ui/runner-client.svelte';
import { FakeWorker } from './ui-fake-worker';

const request: RunRequest = { runId: 'r', experiment: 'small', spec: { width: 8 }, seed: 0 };

let worker: FakeWorker;
let client: RunnerClient;
let batches: Batch[];

/** Starts the run and waits until the worker has the request. Wrapped, so that awaiting it does not await the run. */
async function begin() {
  const outcome = client.start(request, (batch) => batches.push(batch));
  await vi.waitFor(() => expect(worker.request).toEqual(request));
  return { outcome };
}

beforeEach(() => {
  worker = new FakeWorker();
  client = new RunnerClient(worker as unknown as Worker);
  batches = [];
});

describe('a worker and its client', () => {
  test('passes the batches on and resolves with the outcome and the device', async () => {
    const { outcome } = await begin();
    worker.report(1);
    worker.report(2);
    worker.end({ status: 'done', summary: { loss: 1 } });
    expect(await outcome).toMatchObject({ status: 'done', device: { backend: 'wasm' } });
    expect(batches.map(({ step }) => step)).toEqual([1, 2]);
    expect(batches[0]?.scalars[0]?.value).toEqual(Float64Array.of(1));
  });

  test('waits for batches that arrive after the outcome', async () => {
    const { outcome } = await begin();
    worker.onTheirWay = 1;
    worker.report(1);
    worker.end({ status: 'done', summary: {} });
    await new Promise((resolve) => setTimeout(resolve, 100));
    worker.report(2);
    expect(await outcome).toMatchObject({ status: 'done' });
    expect(batches.map(({ step }) => step)).toEqual([1, 2]);
  });

  test('a missing batch fails the run and ends the worker', async () => {
    const { outcome } = await begin();
    worker.report(1);
    worker.report(2, { seq: 5 });
    expect(await outcome).toMatchObject({ status: 'failed', fault: { name: 'LostBatch' } });
    expect(worker.terminated).toBe(true);
    expect(batches).toHaveLength(1);
  });

  test('a worker that dies fails the run in its own words', async () => {
    const { outcome } = await begin();
    worker.dispatchEvent(Object.assign(new Event('error'), { message: 'out of memory' }));
    expect(await outcome).toMatchObject({
      status: 'failed',
      fault: { name: 'WorkerError', message: 'out of memory' },
    });
  });

  test('an error without words still says something', async () => {
    const { outcome } = await begin();
    worker.dispatchEvent(new Event('error'));
    const ended = await outcome;
    expect(ended.status === 'failed' && ended.fault.message).toMatch(/could not be loaded/);
  });

  test('closing ends the call in flight', async () => {
    const { outcome } = await begin();
    client.close();
    expect(await outcome).toMatchObject({ status: 'stopped' });
  });

  test('stop asks first and ends the worker by force when it does not come to that', async () => {
    worker.deaf = true;
    const { outcome } = await begin();
    const from = performance.now();
    client.stop(500);
    expect(await outcome).toMatchObject({ status: 'stopped' });
    expect(performance.now() - from).toBeGreaterThan(450);
    expect(worker.commands).toEqual(['stop']);
    expect(worker.terminated).toBe(true);
  });

  test('a worker that is gone without a word is noticed, and one that answers is left to work', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const outcome = client.start(request, () => undefined, { patienceMs: () => 15_000 });
      await vi.waitFor(() => expect(worker.request).toEqual(request));
      /** So many times the client looks; in between, the worker can answer. */
      const look = async (times: number) => {
        for (let i = 0; i < times; i++) {
          vi.advanceTimersByTime(5000);
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      };
      await look(20);
      expect(worker.terminated).toBe(false);
      expect(new Set(worker.commands)).toEqual(new Set(['step 0'])); // which changes nothing
      worker.vanish();
      await look(2);
      expect(worker.terminated).toBe(false);
      await look(3);
      expect(await outcome).toMatchObject({
        status: 'failed',
        fault: { name: 'NoAnswer', message: expect.stringContaining('20 seconds') as string },
      });
      expect(worker.terminated).toBe(true);
    } finally {
      vi.useRealTimers();
    }
  });

  test('commands reach the worker in order', async () => {
    const { outcome } = await begin();
    client.pause();
    client.step(10);
    client.resume();
    client.stop();
    await outcome;
    expect(worker.commands).toEqual(['pause', 'step 10', 'resume', 'stop']);
  });
});
