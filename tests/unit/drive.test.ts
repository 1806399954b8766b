import { describe, expect, it } from 'vitest';
import type { EngineReport } from '../../src/engine/engine-report';
import { drive, type Drive } from '../../src/run/drive';
import type { RunEvent } from '../../src/run/events';
import type { RunContext } from '../../src/run/experiment';
import { Gate } from '../../src/run/gate';
import { MemoryCheckpoints } from '../../src/run/memory-checkpoints';
import type { Batch } from '../../src/run/protocol';

const facts = {
  totalSteps: 5,
  batchSize: 10,
  epochExamples: 50,
  parameters: 1,
  flopsPerImage: 1,
  flopsPerStep: 30,
  dataDigest: 'd',
  initDigest: 'i',
  details: {},
};

/** Five steps of "training" that keep their losses back until reading is due, as real runs do. */
async function* fiveSteps({
  reportDue,
  signal,
}: RunContext): AsyncGenerator<RunEvent, { loss: number }, void> {
  yield { kind: 'phase', phase: 'loading', progress: { done: 1, total: 2, unit: 'bytes' } };
  yield { kind: 'facts', facts };
  yield { kind: 'phase', phase: 'compiling' };
  let kept: number[] = [];
  for (let step = 1; step <= 5; step++) {
    signal.throwIfAborted();
    kept.push(step);
    if (reportDue() || step === 5) {
      for (const at of kept) yield { kind: 'scalars', step: at, values: { loss: 1 / at } };
      kept = [];
    }
    if (step === 1) yield { kind: 'phase', phase: 'training' };
    yield { kind: 'step', step };
  }
  return { loss: 0.2 };
}

function setUp(paused: boolean, over: Partial<Drive> = {}) {
  const batches: Batch[] = [];
  const gate = new Gate(paused);
  const abort = new AbortController();
  let clock = 0;
  const settings: Drive = {
    runId: 'r',
    run: (_spec, context) => fiveSteps(context),
    spec: {},
    context: {
      signal: abort.signal,
      device: { backend: 'cpu', adapter: 'test', software: true },
      rng: null as never,
      data: null as never,
      checkpoints: new MemoryCheckpoints(),
    },
    gate,
    send: (batch) => batches.push(batch),
    breathe: () => new Promise((done) => setTimeout(done)),
    deviceFailure: new Promise<never>(() => undefined),
    now: () => (clock += 7),
    ...over,
  };
  const losses = () =>
    batches.flatMap(({ scalars }) =>
      scalars.filter(({ metric }) => metric === 'loss').flatMap(({ step }) => [...step]),
    );
  return { settings, batches, gate, abort, losses };
}
const settle = () => new Promise((done) => setTimeout(done, 20));

describe('drive', () => {
  it('runs to the end and reports every step once, in numbered batches', async () => {
    const { settings, batches, losses } = setUp(false);
    expect(await drive(settings)).toEqual({ status: 'done', summary: { loss: 0.2 } });
    expect(losses()).toEqual([1, 2, 3, 4, 5]);
    expect(batches.map(({ seq }) => seq)).toEqual(batches.map((_, i) => i));
    expect(batches.at(-1)?.step).toBe(5);
    expect(batches.filter((batch) => batch.facts)).toHaveLength(1);
  });

  it('started paused, takes no step until told, then exactly as many as told', async () => {
    const { settings, batches, gate, losses } = setUp(true);
    const ended = drive(settings);
    await settle();
    expect(batches.at(-1)).toMatchObject({ paused: true, step: 0 });
    gate.allow(1);
    await settle();
    expect(losses()).toEqual([1]);
    gate.allow(2);
    await settle();
    expect(losses()).toEqual([1, 2, 3]);
    expect(batches.at(-1)).toMatchObject({ paused: true, step: 3 });
    gate.open();
    expect((await ended).status).toBe('done');
    expect(losses()).toEqual([1, 2, 3, 4, 5]);
  });

  it('paused in mid-run, holds with the curve complete up to where it stands', async () => {
    const { settings, batches, gate, losses } = setUp(false, { now: () => 0 });
    const run = settings.run;
    settings.run = async function* (spec, context) {
      const events = run(spec, context);
      for (;;) {
        const next = await events.next();
        if (next.done === true) return next.value;
        yield next.value;
        if (next.value.kind === 'step' && next.value.step === 2) gate.hold();
      }
    };
    const ended = drive(settings);
    await settle();
    expect(batches.at(-1)).toMatchObject({ paused: true, step: 3 });
    expect(losses()).toEqual([1, 2, 3]);
    gate.open();
    await ended;
  });

  it('stops when aborted, also while held, and keeps what was reported', async () => {
    const { settings, gate, abort, losses } = setUp(true);
    const ended = drive(settings);
    gate.allow(2);
    await settle();
    abort.abort();
    expect(await ended).toEqual({ status: 'stopped' });
    expect(losses()).toEqual([1, 2]);
  });

  /** Goes on from step 40, and writes a checkpoint after step 42, which takes long. */
  async function* goingOn(
    { reportDue, clock, resume }: RunContext,
    seen: number[],
    save: () => void,
  ): AsyncGenerator<RunEvent, object, void> {
    const phases = { training: { ms: 900, entered: 2 }, loading: { ms: 70, entered: 1 } };
    yield { kind: 'resumed', step: resume?.step ?? -1, trainMs: 1000, phases };
    yield { kind: 'facts', facts };
    yield { kind: 'phase', phase: 'training' };
    for (let step = 41; step <= 43; step++) {
      reportDue();
      yield { kind: 'scalars', step, values: { loss: step } };
      yield { kind: 'step', step };
      if (step !== 42) continue;
      yield { kind: 'saving' };
      seen.push(clock().trainMs, clock().phases.training?.ms ?? NaN);
      save();
      yield { kind: 'saved', step: 42 };
    }
    return {};
  }

  it('goes on with the clocks of the run’s earlier life, which stand still while a checkpoint is written', async () => {
    const seen: number[] = [];
    let now = 0;
    const { settings, batches } = setUp(false, { now: () => (now += 10) });
    settings.context = { ...settings.context, resume: { step: 40 } };
    settings.run = (_spec, context) => goingOn(context, seen, () => (now += 1000));
    expect((await drive(settings)).status).toBe('done');
    expect(batches.map(({ resumed }) => resumed).filter((told) => told)).toEqual([
      { step: 40, trainMs: 1000 },
    ]);
    const of = (metric: string) =>
      batches.flatMap(({ scalars }) =>
        scalars
          .filter((columns) => columns.metric === metric)
          .flatMap(({ step, trainMs }) => [...step].map((at, i) => [at, trainMs[i] ?? NaN] as const)),
      );
    const times = of('loss');
    expect(times.map(([step]) => step)).toEqual([41, 42, 43]);
    for (const [, trainMs] of times) expect(trainMs).toBeGreaterThan(1000);
    const last = batches.at(-1);
    expect(last?.trainMs).toBeLessThan(1500); // the second for the checkpoint is not in it
    expect(last?.phases.saving?.ms).toBeGreaterThanOrEqual(1000);
    expect(last?.phases.loading?.ms).toBeGreaterThan(70);
    expect(last?.phases.training?.ms).toBe((last?.trainMs ?? NaN) - 100); // 900 of its 1000 were told
    expect(seen[1]).toBe((seen[0] ?? NaN) - 100);
    for (const metric of ['throughput', 'stepTime'])
      for (const [step] of of(metric)) expect(step).toBeGreaterThan(40);
    const saying = batches.find(({ checkpoint }) => checkpoint !== undefined);
    expect(saying?.checkpoint).toBe(42);
    const told = batches.slice(0, batches.findIndex(({ checkpoint }) => checkpoint !== undefined) + 1);
    expect(told.flatMap(({ scalars }) => scalars.flatMap(({ step }) => [...step]))).toContain(42);
  });

  it('says nothing of steps that are to be told again, where a run begins anew', async () => {
    const { settings, batches } = setUp(false);
    settings.context = { ...settings.context, resume: { step: 3 } };
    settings.run = async function* (_spec, context) {
      yield { kind: 'phase', phase: 'loading' };
      yield { kind: 'resumed', step: -1, trainMs: 0, phases: {} };
      return yield* fiveSteps(context);
    };
    await drive(settings);
    expect(batches.find(({ resumed }) => resumed)?.resumed).toEqual({ step: -1, trainMs: 0 });
    expect(batches.at(-1)?.step).toBe(5);
  });

  it('lets a run that is to stop write its checkpoint', async () => {
    const { settings, batches, abort } = setUp(false);
    settings.run = async function* (_spec, { signal }) {
      yield { kind: 'phase', phase: 'training' };
      for (let step = 1; ; step++) {
        if (signal.aborted) {
          yield { kind: 'saving' };
          yield { kind: 'saved', step: step - 1 };
          signal.throwIfAborted();
        }
        if (step === 4) abort.abort();
        yield { kind: 'step', step };
      }
    };
    expect(await drive(settings)).toEqual({ status: 'stopped' });
    expect(batches.at(-1)?.checkpoint).toBe(4);
  });

  /** Steps whose losses wait, as on a device, until somebody reads them: the run does when it is told to stop. */
  async function* waiting(
    { signal, reportDue }: RunContext,
    minds = true,
  ): AsyncGenerator<RunEvent, object, void> {
    yield { kind: 'facts', facts };
    yield { kind: 'phase', phase: 'training' };
    for (let step = 1; step <= 1000; step++) {
      if (signal.aborted && minds) {
        for (let at = 1; at < step; at++) yield { kind: 'scalars', step: at, values: { loss: at } };
        signal.throwIfAborted();
      }
      await new Promise((done) => setTimeout(done, 1));
      reportDue();
      yield { kind: 'step', step };
    }
    return {};
  }

  it('lets a run that is to stop report what it has computed', async () => {
    const { settings, batches, abort, losses } = setUp(false, { run: (_spec, context) => waiting(context) });
    const ended = drive(settings);
    setTimeout(() => abort.abort(), 30);
    expect(await ended).toEqual({ status: 'stopped' });
    const step = batches.at(-1)?.step ?? NaN;
    expect(step).toBeGreaterThan(1);
    expect(losses()).toEqual(Array.from({ length: step }, (_, i) => i + 1));
  });

  it('closes a run that goes on instead, or begins to evaluate', async () => {
    const { settings, batches, abort } = setUp(true, { run: (_spec, context) => waiting(context, false) });
    const ended = drive(settings);
    settings.gate.allow(3);
    await settle();
    abort.abort();
    expect(await ended).toEqual({ status: 'stopped' });
    expect(batches.at(-1)?.step).toBeLessThanOrEqual(5);

    const other = setUp(false, {
      run: async function* () {
        yield { kind: 'facts', facts };
        other.abort.abort();
        yield { kind: 'scalars', step: 1, values: { loss: 1 } };
        for (;;) yield { kind: 'phase', phase: 'evaluating' };
      },
    });
    expect(await drive(other.settings)).toEqual({ status: 'stopped' });
    expect(other.losses()).toEqual([1]);
  });

  /** Pre-trains `total` steps from `from` on, saving what it has when it is to stop, then takes one step. */
  async function* pretraining(
    { signal, reportDue }: RunContext,
    saved: number[],
    { from = 0, total = 1000, tick = () => {} } = {},
  ): AsyncGenerator<RunEvent, object, void> {
    let done = from;
    try {
      const progress = (): RunEvent => ({
        kind: 'phase',
        phase: 'pretraining',
        progress: { done, total, unit: 'steps' },
      });
      yield { kind: 'phase', phase: 'pretraining', detail: 'looking for it' };
      yield progress();
      while (done < total) {
        signal.throwIfAborted();
        await new Promise((next) => setTimeout(next, 1));
        tick();
        done++;
        if (reportDue()) yield progress();
      }
    } finally {
      await new Promise((next) => setTimeout(next, 5)); // writing takes its time
      saved.push(done);
    }
    yield { kind: 'facts', facts };
    yield { kind: 'phase', phase: 'training' };
    yield { kind: 'step', step: 1 };
    return {};
  }
  const doneIn = (batches: Batch[]) => batches.at(-1)?.phase.progress?.done;

  it('holds a run that pre-trains, and steps it there as well, also where it goes on from an earlier run', async () => {
    for (const from of [0, 40]) {
      const saved: number[] = [];
      const { settings, batches, gate } = setUp(true, {
        run: (_spec, context) => pretraining(context, saved, { from, total: from + 6 }),
      });
      const ended = drive(settings);
      await settle();
      expect(batches.at(-1)).toMatchObject({ paused: true, phase: { detail: 'looking for it' } });
      gate.allow(1);
      await settle();
      expect(batches.at(-1)).toMatchObject({ paused: true, step: 0 });
      expect(doneIn(batches)).toBe(from + 1);
      gate.allow(3);
      await settle();
      expect(doneIn(batches)).toBe(from + 4);
      gate.open();
      expect((await ended).status).toBe('done');
      expect(saved).toEqual([from + 6]);
      expect(batches.at(-1)?.step).toBe(1);
    }
  });

  it('pauses a pre-training that runs freely', async () => {
    const { settings, batches, gate, abort } = setUp(false, {
      run: (_spec, context) => pretraining(context, []),
    });
    const ended = drive(settings);
    await settle();
    gate.hold();
    await new Promise((done) => setTimeout(done, 100));
    const held = doneIn(batches) ?? NaN;
    expect(batches.at(-1)).toMatchObject({ paused: true, phase: { phase: 'pretraining' } });
    expect(held).toBeGreaterThan(0);
    expect(held).toBeLessThan(1000);
    await settle();
    expect(doneIn(batches)).toBe(held);
    abort.abort();
    expect(await ended).toEqual({ status: 'stopped' });
  });

  it.each([true, false])(
    'waits until a pre-training that is stopped has saved; paused: %s',
    async (paused) => {
      const saved: number[] = [];
      const { settings, abort } = setUp(paused, { run: (_spec, context) => pretraining(context, saved) });
      const ended = drive(settings);
      settings.gate.allow(3);
      await settle();
      abort.abort();
      expect(await ended).toEqual({ status: 'stopped' });
      expect(saved).toHaveLength(1);
      expect(saved[0]).toBeGreaterThan(0);
    },
  );

  it('does not count pre-training as training time', async () => {
    let clock = 0;
    const { settings, batches } = setUp(false, {
      now: () => clock,
      run: (_spec, context) => pretraining(context, [], { total: 5, tick: () => (clock += 1000) }),
    });
    expect((await drive(settings)).status).toBe('done');
    expect(batches.at(-1)).toMatchObject({ step: 1, trainMs: 0 });
  });

  it('tells where the time went, a phase told again for its progress counted once', async () => {
    let clock = 0;
    async function* measuring(): AsyncGenerator<RunEvent, Record<string, number>, void> {
      const spend = (ms: number) => new Promise<void>((done) => setTimeout(done, (clock += ms) && 0));
      await spend(40);
      yield { kind: 'facts', facts };
      yield { kind: 'phase', phase: 'compiling' };
      await spend(300);
      for (let step = 1; step <= 2; step++) {
        yield { kind: 'phase', phase: 'training' };
        await spend(1000);
        for (const done of [0, 1]) {
          yield { kind: 'phase', phase: 'evaluating', progress: { done, total: 2, unit: 'examples' } };
          await spend(25);
        }
        yield { kind: 'step', step };
      }
      return {};
    }
    const { settings, batches } = setUp(false, { now: () => clock, run: measuring });
    expect((await drive(settings)).status).toBe('done');
    expect(batches.at(-1)).toMatchObject({
      trainMs: 2000,
      phases: {
        loading: { ms: 40, entered: 1 },
        compiling: { ms: 300, entered: 1 },
        training: { ms: 2000, entered: 2 },
        evaluating: { ms: 100, entered: 2 },
      },
    });
  });

  it('tells how the device computes with the facts, and again when that changes', async () => {
    const engine: EngineReport = { features: ['subgroups'], kernels: [], variants: [], notes: [] };
    let now = engine;
    const { settings, batches } = setUp(false, {
      engine: () => now,
      run: async function* () {
        yield { kind: 'phase', phase: 'loading' };
        yield { kind: 'facts', facts };
        for (let step = 1; step <= 40; step++) {
          if (step === 20) now = { ...engine, captured: { captured: true } };
          yield { kind: 'step', step };
        }
        return {};
      },
    });
    await drive(settings);
    expect(batches.flatMap((batch) => batch.facts ?? [])).toEqual([
      { ...facts, engine },
      { ...facts, engine: now },
    ]);
  });

  it('turns a thrown error into an outcome with its name, message and stack', async () => {
    const { settings } = setUp(false, {
      run: async function* () {
        throw new RangeError('too wide');
      },
    });
    const outcome = await drive(settings);
    expect(outcome).toMatchObject({ status: 'failed', fault: { name: 'RangeError', message: 'too wide' } });
    expect(outcome.status === 'failed' && outcome.fault.stack).toContain('RangeError');
  });

  it('ends when the device fails, although the run waits for it for ever', async () => {
    const { settings } = setUp(false, {
      run: async function* () {
        yield { kind: 'phase', phase: 'training' };
        await new Promise(() => undefined);
        return {};
      },
      deviceFailure: new Promise((_, reject) => setTimeout(() => reject(new Error('device lost')), 10)),
    });
    expect(await drive(settings)).toMatchObject({ status: 'failed', fault: { message: 'device lost' } });
  });

  it.each([
    ['what is told of it, where that follows', 20, { name: 'Error', message: 'device lost' }],
    [
      'what the result says, where nothing follows',
      null,
      { name: 'DeviceLostError', message: 'The graphics device was lost (Buffer was unmapped).' },
    ],
  ])(
    'tells of a result that was waited for in vain as a lost device, by %s',
    async (_what, lostAfter, told) => {
      const { settings } = setUp(false, {
        run: async function* () {
          yield { kind: 'phase', phase: 'training' };
          throw new DOMException('Buffer was unmapped', 'AbortError');
        },
        deviceFailure: new Promise((_, reject) => {
          if (lostAfter !== null) setTimeout(() => reject(new Error('device lost')), lostAfter);
        }),
      });
      expect(await drive(settings)).toMatchObject({ status: 'failed', fault: told });
    },
  );

  it('measures the throughput from the first step of training proper on', async () => {
    let clock = 0;
    const { settings, batches } = setUp(false, {
      now: () => clock,
      run: async function* (_spec, { reportDue }) {
        yield { kind: 'facts', facts };
        yield { kind: 'phase', phase: 'compiling' };
        clock += 5000;
        yield { kind: 'step', step: 1 };
        clock += 5000;
        yield { kind: 'phase', phase: 'training' };
        for (let step = 2; step <= 12; step++) {
          clock += 50;
          reportDue();
          yield { kind: 'step', step };
        }
        return {};
      },
    });
    await drive(settings);
    const rates = batches.flatMap(({ scalars }) =>
      scalars.filter(({ metric }) => metric === 'throughput').flatMap(({ value }) => [...value]),
    );
    expect(rates.length).toBeGreaterThan(1);
    expect(new Set(rates)).toEqual(new Set([200])); // 10 images in 50 ms
  });

  it('counts only the training phase as training time', async () => {
    let clock = 0;
    const { settings, batches } = setUp(false, {
      now: () => clock,
      run: async function* () {
        yield { kind: 'phase', phase: 'loading' };
        clock += 1000;
        yield { kind: 'facts', facts };
        yield { kind: 'phase', phase: 'training' };
        clock += 30;
        yield { kind: 'scalars', step: 1, values: { loss: 1 } };
        yield { kind: 'phase', phase: 'evaluating' };
        clock += 500;
        yield { kind: 'phase', phase: 'training' };
        clock += 12;
        yield { kind: 'step', step: 1 };
        return {};
      },
    });
    await drive(settings);
    expect(batches.at(-1)?.trainMs).toBe(42);
    expect(
      batches.flatMap(({ scalars }) => scalars).find(({ metric }) => metric === 'loss')?.trainMs,
    ).toEqual(Float64Array.of(30));
  });
});
