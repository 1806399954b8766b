import { expose } from 'comlink';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { AnswerProgress, InspectionRequest, InspectorWorker, Reply } from '../../src/run/inspector';
import type { Origin } from '../../src/run/record';
import { InspectorClient } from '../../src/ui/inspector-client.svelte';

type Question = { kind: 'classify'; pixels: Uint8Array } | { kind: 'importance'; images: number };
type Answer = { kind: 'classify'; label: number } | { kind: 'importance'; mean: number };

/** A worker without a thread, whose answers the test gives. */
class FakeInspector extends EventTarget {
  static made: FakeInspector[] = [];

  readonly asked: { request: InspectionRequest; question: unknown }[] = [];
  aborts = 0;
  terminated = false;
  /** Does not answer an abort. */
  deaf = false;
  readonly #channel = new MessageChannel();
  #progress: MessagePort | null = null;
  #reply: (reply: Reply) => void = () => undefined;

  constructor() {
    super();
    FakeInspector.made.push(this);
    this.#channel.port1.onmessage = ({ data }: MessageEvent<unknown>) =>
      this.dispatchEvent(new MessageEvent('message', { data }));
    const inspector: InspectorWorker = {
      ask: (request, question, progress) => {
        this.asked.push({ request, question });
        this.#progress = progress;
        return new Promise((reply) => (this.#reply = reply));
      },
      abort: () => {
        this.aborts++;
        if (!this.deaf) this.#reply({ status: 'aborted' });
      },
    };
    expose(inspector, this.#channel.port2);
  }

  postMessage(message: unknown, transfer: Transferable[]): void {
    if (!this.terminated) this.#channel.port1.postMessage(message, transfer);
  }

  terminate(): void {
    this.terminated = true;
    this.#channel.port1.close();
    this.#progress?.close();
  }

  tell(progress: AnswerProgress): void {
    this.#progress?.postMessage(progress);
  }

  reply(reply: Reply): void {
    this.#progress?.close();
    this.#reply(reply);
  }

  answer(answer: Answer): void {
    this.reply({ status: 'answered', answer });
  }
}

const runOf = (id: string) => ({
  ...{ id, experiment: 'small', spec: { width: 8 }, seed: 3 },
  origin: 'here' as Origin,
});
const classify = (mark: number) => ({ kind: 'classify', pixels: Uint8Array.of(mark) }) as const;
const importance = { kind: 'importance', images: 5 } as const;

let client: InspectorClient<Question, Answer>;
/** The latest worker, once it has been asked so many questions. */
const workerAsked = (questions: number): Promise<FakeInspector> =>
  vi.waitFor(() => {
    const worker = FakeInspector.made.at(-1);
    if (worker?.asked.length !== questions) throw new Error('not asked yet');
    return worker;
  });

beforeEach(() => {
  FakeInspector.made = [];
  client = new InspectorClient(() => new FakeInspector() as unknown as Worker);
});
afterEach(() => {
  client.close();
  vi.useRealTimers();
});

describe('asking a model', () => {
  test('of a recorded run is refused with words, and opens no worker', async () => {
    const answer = await client.ask({ ...runOf('a'), origin: 'recorded' }, importance);
    expect(answer.status === 'failed' && answer.fault.message).toMatch(
      /recorded run comes without its model/,
    );
    expect(FakeInspector.made).toEqual([]);
  });

  test('opens a worker at the first question and keeps it for the next about the same run', async () => {
    expect(FakeInspector.made).toEqual([]);
    const first = client.ask(runOf('a'), classify(1));
    const worker = await workerAsked(1);
    expect(worker.asked[0]).toEqual({
      request: { runId: 'a', experiment: 'small', spec: { width: 8 }, seed: 3 },
      question: { kind: 'classify', pixels: Uint8Array.of(1) },
    });
    worker.answer({ kind: 'classify', label: 7 });
    expect(await first).toEqual({ status: 'answered', answer: { kind: 'classify', label: 7 } });
    const second = client.ask(runOf('a'), importance);
    (await workerAsked(2)).answer({ kind: 'importance', mean: 1 });
    const answered = await second;
    expect(answered.status === 'answered' && answered.answer.mean).toBe(1);
    expect(FakeInspector.made).toHaveLength(1);
  });

  test('tells how far the answer is', async () => {
    const told: AnswerProgress[] = [];
    const answer = client.ask(runOf('a'), importance, { onProgress: (progress) => told.push(progress) });
    const worker = await workerAsked(1);
    worker.tell({ done: 1, total: 2, unit: 'passes' });
    await vi.waitFor(() => expect(told).toEqual([{ done: 1, total: 2, unit: 'passes' }]));
    worker.answer({ kind: 'importance', mean: 0 });
    await answer;
  });

  test('answers one question after another; a newer one replaces those of its kind that wait', async () => {
    const long = client.ask(runOf('a'), importance);
    const worker = await workerAsked(1);
    const old = client.ask(runOf('a'), classify(1), { replaces: true });
    const alsoLong = client.ask(runOf('a'), importance);
    const fresh = client.ask(runOf('a'), classify(2), { replaces: true });
    expect(await old).toEqual({ status: 'dropped' });
    expect(worker.asked).toHaveLength(1);
    worker.answer({ kind: 'importance', mean: 1 });
    expect((await long).status).toBe('answered');
    (await workerAsked(2)).answer({ kind: 'importance', mean: 2 });
    expect(await alsoLong).toMatchObject({ answer: { mean: 2 } });
    (await workerAsked(3)).answer({ kind: 'classify', label: 2 });
    expect((await fresh).status).toBe('answered');
    expect(worker.asked[2]?.question).toEqual(classify(2));
  });
});

describe('questions that get no answer', () => {
  test('aborting ends the one under way, and the next is answered', async () => {
    const abort = new AbortController();
    const long = client.ask(runOf('a'), importance, { signal: abort.signal });
    const worker = await workerAsked(1);
    const next = client.ask(runOf('a'), classify(1));
    abort.abort();
    expect(await long).toEqual({ status: 'dropped' });
    (await workerAsked(2)).answer({ kind: 'classify', label: 1 });
    expect((await next).status).toBe('answered');
    expect(worker.aborts).toBe(1);
    expect(worker.terminated).toBe(false);
  });

  test('aborting one that waits, or before it is asked, never reaches the worker', async () => {
    const abort = new AbortController();
    const long = client.ask(runOf('a'), importance);
    const worker = await workerAsked(1);
    const waiting = client.ask(runOf('a'), classify(1), { signal: abort.signal });
    abort.abort();
    expect(await waiting).toEqual({ status: 'dropped' });
    expect(await client.ask(runOf('a'), classify(1), { signal: abort.signal })).toEqual({
      status: 'dropped',
    });
    worker.answer({ kind: 'importance', mean: 1 });
    await long;
    await new Promise((done) => setTimeout(done, 20));
    expect(worker.asked).toHaveLength(1);
    expect(worker.aborts).toBe(0);
  });

  test('a worker that does not come to an abort ends after three seconds, and another answers', async () => {
    const abort = new AbortController();
    const long = client.ask(runOf('a'), importance, { signal: abort.signal });
    const worker = await workerAsked(1);
    worker.deaf = true;
    const from = performance.now();
    abort.abort();
    expect(await long).toEqual({ status: 'dropped' });
    const next = client.ask(runOf('a'), classify(1));
    await vi.waitFor(() => expect(worker.terminated).toBe(true), { timeout: 5000 });
    expect(performance.now() - from).toBeGreaterThan(2900);
    (await workerAsked(1)).answer({ kind: 'classify', label: 1 });
    expect((await next).status).toBe('answered');
    expect(FakeInspector.made).toHaveLength(2);
  });

  test('another run drops what was asked about the first and has a worker of its own', async () => {
    const first = client.ask(runOf('a'), importance);
    const worker = await workerAsked(1);
    const second = client.ask(runOf('b'), classify(1));
    expect(await first).toEqual({ status: 'dropped' });
    expect(worker.terminated).toBe(true);
    const other = await workerAsked(1);
    expect(other).not.toBe(worker);
    expect(other.asked[0]?.request.runId).toBe('b');
    other.answer({ kind: 'classify', label: 1 });
    expect((await second).status).toBe('answered');
  });

  test('closing drops all and ends the worker; a later question opens another', async () => {
    const both = [client.ask(runOf('a'), importance), client.ask(runOf('a'), classify(1))];
    const worker = await workerAsked(1);
    client.close();
    expect(await Promise.all(both)).toEqual([{ status: 'dropped' }, { status: 'dropped' }]);
    expect(worker.terminated).toBe(true);
    const later = client.ask(runOf('a'), classify(2));
    (await workerAsked(1)).answer({ kind: 'classify', label: 2 });
    expect((await later).status).toBe('answered');
    expect(FakeInspector.made).toHaveLength(2);
  });

  test('a model that is not there is said in words, and the next question finds a fresh worker', async () => {
    const asked = client.ask(runOf('a'), classify(1));
    const fault = { name: 'DataError', message: 'This run’s model is not stored any more.' };
    (await workerAsked(1)).reply({ status: 'failed', fault });
    expect(await asked).toEqual({ status: 'failed', fault });
    expect(FakeInspector.made[0]?.terminated).toBe(true);
    const next = client.ask(runOf('a'), classify(2));
    await vi.waitFor(() => expect(FakeInspector.made).toHaveLength(2));
    (await workerAsked(1)).answer({ kind: 'classify', label: 1 });
    expect((await next).status).toBe('answered');
  });

  test('a worker that dies says why, and those that wait are answered by another', async () => {
    const [first, second] = [client.ask(runOf('a'), importance), client.ask(runOf('a'), classify(1))];
    const worker = await workerAsked(1);
    worker.dispatchEvent(Object.assign(new Event('error'), { message: 'out of memory' }));
    expect(await first).toEqual({
      status: 'failed',
      fault: { name: 'WorkerError', message: 'out of memory' },
    });
    await vi.waitFor(() => expect(FakeInspector.made).toHaveLength(2));
    (await workerAsked(1)).answer({ kind: 'classify', label: 1 });
    expect((await second).status).toBe('answered');
  });

  test('no worker at all is a failure too', async () => {
    const refused = new InspectorClient<Question, Answer>(() => {
      throw new Error('The page’s policy forbids workers');
    });
    expect(await refused.ask(runOf('a'), classify(1))).toEqual({
      status: 'failed',
      fault: { name: 'Error', message: 'The page’s policy forbids workers' },
    });
  });
});

test('a minute without questions ends the worker', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const asked = client.ask(runOf('a'), classify(1));
  const until = async (isSo: () => boolean) => {
    while (!isSo()) await new Promise((done) => setImmediate(done));
  };
  await until(() => FakeInspector.made[0]?.asked.length === 1);
  const [worker] = FakeInspector.made;
  worker?.answer({ kind: 'classify', label: 1 });
  await asked;
  vi.advanceTimersByTime(59_000);
  expect(worker?.terminated).toBe(false);
  vi.advanceTimersByTime(2000);
  expect(worker?.terminated).toBe(true);
});
