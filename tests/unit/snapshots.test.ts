import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { writeRecords } from '../../src/cli/record-file';
import { drive } from '../../src/run/drive';
import type { RunEvent } from '../../src/run/events';
import type { RunContext } from '../../src/run/experiment';
import { Batcher, transferables } from '../../src/run/batcher';
import { Gate } from '../../src/run/gate';
import type { PlannedRun } from '../../src/run/plan';
import type { Batch } from '../../src/run/protocol';
import type { RunRecord } from '../../src/run/record';
import { Recorder } from '../../src/run/recorder';
import { RunSnapshots } from '../../src/run/run-snapshots';
import type { Snapshot } from '../../src/run/snapshot';
import { LabRun } from '../../src/ui/lab-run.svelte';

const planned: PlannedRun = { experiment: 'small', variant: 'A', seed: 0, spec: {}, specDigest: 'd' };
const made = { id: 'r', build: 'b', createdAt: 1 };

const snapshot = (step: number, name = 'routing', mark = step): Snapshot => ({
  name,
  step,
  arrays: {
    scores: { shape: [2], values: Float32Array.of(mark, 0.1) },
    kept: { shape: [1, 3], values: Uint8Array.of(1, 0, 1) },
    blocks: { shape: [1], values: Int32Array.of(-2) },
  },
});
const stepsOf = (snapshots: RunSnapshots, name = 'routing') => snapshots.of(name).map(({ step }) => step);

describe('the snapshots of a run', () => {
  test('are in order of step by name, whatever the order they come in', () => {
    const snapshots = new RunSnapshots();
    for (const step of [20, 0, 10, 30]) snapshots.add(snapshot(step));
    snapshots.add(snapshot(5, 'images'));
    expect(stepsOf(snapshots)).toEqual([0, 10, 20, 30]);
    expect(stepsOf(snapshots, 'images')).toEqual([5]);
    expect(snapshots.of('nothing')).toEqual([]);
    expect(snapshots.latest('routing')?.step).toBe(30);
    expect(snapshots.at('routing', 19)?.step).toBe(10);
    expect(snapshots.at('routing', 20)?.step).toBe(20);
    expect(snapshots.at('images', 4)).toBeUndefined();
    expect(snapshots.toRecords()).toHaveLength(5);
  });

  test('a second one of a step takes the first one’s place, in another list', () => {
    const snapshots = new RunSnapshots();
    snapshots.add(snapshot(1));
    const before = snapshots.of('routing');
    snapshots.add(snapshot(1, 'routing', 7));
    expect(before[0]?.arrays['scores']?.values[0]).toBe(1);
    expect(stepsOf(snapshots)).toEqual([1]);
    expect(snapshots.latest('routing')?.arrays['scores']?.values[0]).toBe(7);
  });

  test('those beyond a step are forgotten when a run goes on from there', () => {
    const snapshots = new RunSnapshots();
    for (const step of [0, 10, 20]) snapshots.add(snapshot(step));
    snapshots.add(snapshot(15, 'images'));
    const before = snapshots.of('routing');
    snapshots.truncate(10);
    expect(stepsOf(snapshots)).toEqual([0, 10]);
    expect(snapshots.of('routing')).not.toBe(before);
    expect(snapshots.of('images')).toEqual([]);
  });

  test.each([64, 65, 100, 128, 1000, 5000])('of %i at most 64 stay, evenly, with both ends', (count) => {
    const snapshots = new RunSnapshots();
    snapshots.add(snapshot(3, 'images'));
    for (let i = 0; i < count; i++) snapshots.add(snapshot(10 * i));
    const steps = stepsOf(snapshots);
    expect(steps).toHaveLength(64);
    expect(steps[0]).toBe(0);
    expect(steps.at(-1)).toBe(10 * (count - 1));
    const gaps = steps.slice(1).map((step, i) => step - (steps[i] ?? NaN));
    const even = (10 * (count - 1)) / 63;
    expect(Math.max(...gaps)).toBeLessThanOrEqual(2 * even + 10);
    expect(stepsOf(snapshots, 'images')).toEqual([3]);
  });
});

describe('on their way', () => {
  test('a batch carries them once, as copies whose buffers can be moved', () => {
    const batcher = new Batcher('r');
    const given = snapshot(1);
    const shared = new Float32Array(8);
    batcher.addSnapshot(given);
    batcher.addSnapshot({
      name: 'halves',
      step: 1,
      arrays: {
        a: { shape: [4], values: shared.subarray(0, 4) },
        b: { shape: [4], values: shared.subarray(4) },
      },
    });
    const batch = batcher.take({ trainMs: 0, phases: {}, paused: false });
    const arrived = structuredClone(batch, { transfer: transferables(batch) as ArrayBuffer[] });
    expect(arrived.snapshots?.[0]).toEqual(snapshot(1));
    expect(arrived.snapshots?.[1]?.arrays['b']?.values).toEqual(new Float32Array(4));
    expect(batch.snapshots?.[0]?.arrays['scores']?.values).toHaveLength(0); // moved
    expect(given).toEqual(snapshot(1));
    expect(shared).toHaveLength(8);
    expect(batcher.take({ trainMs: 0, phases: {}, paused: false })).not.toHaveProperty('snapshots');
  });

  test('they come from the run through the driver into the record and back onto the page', async () => {
    const batches: Batch[] = [];
    const recorder = new Recorder(planned, made);
    async function* run(): AsyncGenerator<RunEvent, object, void> {
      yield { kind: 'snapshot', snapshot: snapshot(0, 'images') };
      yield { kind: 'phase', phase: 'training' };
      for (let step = 1; step <= 3; step++) {
        yield { kind: 'snapshot', snapshot: snapshot(step) };
        yield { kind: 'step', step };
      }
      return {};
    }
    const device = { backend: 'cpu', adapter: 'test', software: true } as const;
    const outcome = await drive({
      runId: 'r',
      run,
      spec: {},
      context: { device, signal: new AbortController().signal } as RunContext,
      gate: new Gate(false),
      send(batch) {
        batches.push(batch);
        recorder.absorb(batch);
      },
      breathe: () => Promise.resolve(),
      deviceFailure: new Promise<never>(() => undefined),
      now: () => 0,
    });
    const record = recorder.toRecord(outcome, device);
    expect(record.snapshots?.map(({ name, step }) => [name, step])).toEqual([
      ['images', 0],
      ['routing', 1],
      ['routing', 2],
      ['routing', 3],
    ]);

    const live = new LabRun(planned, made);
    live.status = 'running';
    for (const batch of batches) live.absorb(batch);
    const restored = LabRun.fromRecord(structuredClone(record));
    for (const shown of [live, restored]) {
      expect(stepsOf(shown.snapshots)).toEqual([1, 2, 3]);
      expect(shown.snapshots.latest('routing')).toEqual(snapshot(3));
      expect(shown.toRecord().snapshots).toEqual(record.snapshots);
    }
    expect(live.snapshotRevision).toBeGreaterThan(0);
  });
});

describe('records', () => {
  test('of earlier versions, which have no snapshots, still load, and stay as they were', () => {
    const old: RunRecord = { ...new LabRun(planned, made).toRecord(), status: 'done' };
    expect(old).not.toHaveProperty('snapshots');
    const run = LabRun.fromRecord(old);
    expect(run.snapshots.toRecords()).toEqual([]);
    expect(run.snapshotRevision).toBe(0);
    expect(run.toRecord()).toEqual(old);
  });

  test('written to a file hold arrays of numbers, to the bit', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'seedlab-record-'));
    try {
      const recorder = new Recorder(planned, made);
      recorder.absorb({
        ...{ runId: 'r', seq: 0, step: 1, trainMs: 5, phases: {}, paused: false },
        phase: { kind: 'phase', phase: 'training' },
        scalars: [
          {
            metric: 'loss',
            step: Float64Array.of(1),
            trainMs: Float64Array.of(5),
            value: Float64Array.of(0.1),
          },
        ],
        snapshots: [snapshot(1, 'routing', 1 / 3)],
      });
      const device = { backend: 'cpu', adapter: 'test', software: true } as const;
      const record = recorder.toRecord({ status: 'done', summary: {} }, device);
      const file = path.join(folder, 'record.json');
      await writeRecords(file, [record], 1);
      const text = await readFile(file, 'utf8');
      const read = JSON.parse(text) as { snapshots: { arrays: Record<string, { values: number[] }> }[] };
      expect(read).toMatchObject({
        series: [{ metric: 'loss', value: [0.1] }],
        snapshots: [
          {
            name: 'routing',
            step: 1,
            arrays: { kept: { shape: [1, 3], values: [1, 0, 1] }, blocks: { shape: [1], values: [-2] } },
          },
        ],
      });
      const values = read.snapshots[0]?.arrays['scores']?.values ?? [];
      expect(Float32Array.from(values)).toEqual(Float32Array.of(1 / 3, 0.1));
      expect(text).toContain('[0.333333343,0.100000001]');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
