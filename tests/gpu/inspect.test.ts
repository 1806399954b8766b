import * as tf from '@tensorflow/tfjs-core';
import { transfer, wrap, type Remote } from 'comlink';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWebDataSource } from '../../src/data/web-data-source';
import { loadInspector } from '../../src/experiments/inspectors';
import card from '../../src/experiments/mixture-of-depths/card';
import type {
  Answer,
  Classified,
  Importance,
  Question,
} from '../../src/experiments/mixture-of-depths/questions';
import { IMAGES, ROUTING } from '../../src/experiments/mixture-of-depths/routing-snapshot';
import run from '../../src/experiments/mixture-of-depths/run';
import '../../src/kernels/native';
import { createRng } from '../../src/math/philox-rng';
import { pearson, spearman } from '../../src/math/correlation';
import type { CheckpointStore } from '../../src/run/checkpoint-store';
import {
  modelOf,
  type AnswerProgress,
  type InspectionRequest,
  type Inspector,
  type InspectorWorker,
  type Reply,
} from '../../src/run/inspector';
import { MemoryCheckpoints } from '../../src/run/memory-checkpoints';
import { openCheckpoints } from '../../src/run/opfs-checkpoints';
import { RunSnapshots } from '../../src/run/run-snapshots';
import type { NumberArray } from '../../src/run/snapshot';
import { parseSpec } from '../../src/spec/parse-spec';
import { TINY } from '../support/collect-run';
import { onWebGpu } from '../support/on-webgpu';

const lab = onWebGpu();

const data = () => createWebDataSource(new URL('/data/', location.href));
const specOf = (over: Record<string, unknown>) => parseSpec(card.knobs, { ...TINY, ...over });
const never = () => new AbortController().signal;

/** Trains a few steps; the model is then in the store, and what the run pictured is returned. */
async function trained(
  checkpoints: CheckpointStore,
  runId: string,
  over: Record<string, unknown>,
): Promise<RunSnapshots> {
  const snapshots = new RunSnapshots();
  const events = run(specOf(over), {
    ...{ rng: createRng(0), data: data(), checkpoints, runId, device: lab.compute.info, signal: never() },
    reportDue: () => false,
    clock: () => ({ trainMs: 0, phases: {} }),
  });
  for await (const event of events) if (event.kind === 'snapshot') snapshots.add(event.snapshot);
  return snapshots;
}

async function opened(
  checkpoints: CheckpointStore,
  runId: string,
  over: Record<string, unknown>,
): Promise<Inspector<Question, Answer>> {
  const openInspector = await loadInspector(card.id);
  const inspector = await openInspector(specOf(over), {
    ...{ rng: createRng(0), data: data(), checkpoints, model: modelOf(runId), signal: never() },
  });
  return inspector as Inspector<Question, Answer>;
}

async function answered(
  inspector: Inspector<Question, Answer>,
  question: Question,
  told: AnswerProgress[] = [],
): Promise<Answer> {
  const answering = inspector.ask(question, never());
  for (;;) {
    const next = await answering.next();
    if (next.done === true) return next.value;
    told.push(next.value);
  }
}

const classified = async (inspector: Inspector<Question, Answer>, pixels: Uint8Array) =>
  ((await answered(inspector, { kind: 'classify', pixels })) as Classified).routing;

/** One image's part of an array whose first extent is the images. */
function partOf(array: NumberArray | undefined, image: number): number[] {
  const [images = 0] = array?.shape ?? [];
  const each = (array?.values.length ?? 0) / images;
  return [...(array?.values ?? [])].slice(image * each, (image + 1) * each);
}

describe('the model that a run left', () => {
  it('routes and classifies a test image as the run’s last snapshot shows', async () => {
    const checkpoints = new MemoryCheckpoints();
    const snapshots = await trained(checkpoints, 'a', {});
    const inspector = await opened(checkpoints, 'a', {});
    const pictured = snapshots.latest(IMAGES)?.arrays['pixels'];
    const last = snapshots.latest(ROUTING)?.arrays;
    expect(last?.['blocks']?.values).toEqual(Int32Array.of(2, 4));
    for (const image of [0, 7]) {
      const routing = await classified(inspector, Uint8Array.from(partOf(pictured, image)));
      expect(routing.blocks).toEqual(last?.['blocks']);
      expect(routing.kept.shape).toEqual([1, 2, 17]);
      expect([...routing.kept.values]).toEqual(partOf(last?.['kept'], image));
      const close = (found: NumberArray, expected: NumberArray | undefined) => {
        const wanted = partOf(expected, image);
        expect(found.values).toHaveLength(wanted.length);
        for (const [i, value] of wanted.entries()) expect(found.values[i]).toBeCloseTo(value, 5);
      };
      close(routing.scores, last?.['scores']);
      close(routing.probabilities, last?.['probabilities']);
    }
    inspector.dispose();
  });

  it('is read anew for each question, so that a run under way is asked as it stands', async () => {
    const checkpoints = new MemoryCheckpoints();
    await trained(checkpoints, 'a', { duration: 2 });
    const pixels = new Uint8Array(28 * 28).map((_, i) => i % 256);
    const inspector = await opened(checkpoints, 'a', {});
    const before = await classified(inspector, pixels);
    expect(await classified(inspector, pixels)).toEqual(before);
    await trained(checkpoints, 'a', { duration: 8 });
    expect((await classified(inspector, pixels)).probabilities).not.toEqual(before.probabilities);
    await checkpoints.remove(modelOf('a'));
    await expect(classified(inspector, pixels)).rejects.toThrow(/This run’s model is not stored any more/);
    await expect(classified(inspector, pixels.slice(1))).rejects.toThrow(/28 × 28 × 1 bytes, not 783/);
    inspector.dispose();
  });

  it.each([
    ['dense', {}, [2, 4]],
    ['amod', {}, [2, 4]],
    ['amod', { readout: 'mean' }, [2, 4]],
    ['linear', { routedBlocks: 'list', blockList: '1 3' }, [1, 3]],
    ['isoflop', { capacity: 0.25 }, [2]],
  ] as const)('tells how much each token matters: %s %o', async (router, over, blocks) => {
    const checkpoints = new MemoryCheckpoints();
    const setting = { router, ...over, duration: 4 };
    await trained(checkpoints, 'a', setting);
    const inspector = await opened(checkpoints, 'a', setting);
    const tensors = tf.memory().numTensors;
    const told: AnswerProgress[] = [];
    const answer = (await answered(inspector, { kind: 'importance', images: 20 }, told)) as Importance;
    expect(tf.memory().numTensors).toBe(tensors);
    expect(answer.images).toBe(20);
    expect(answer.blocks.map(({ block }) => block)).toEqual(blocks);
    const n = 20 * 16;
    expect(told.at(-1)).toEqual({
      done: n * blocks.length,
      total: n * blocks.length,
      unit: 'forward passes',
    });
    for (const block of answer.blocks) {
      const { scores, importance } = block;
      expect(scores).toHaveLength(n);
      expect(importance).toHaveLength(n);
      const absolute = importance.map(Math.abs);
      expect(Math.max(...absolute)).toBeGreaterThan(0);
      expect(block.pearson).toEqual(pearson(scores, importance));
      expect(block.spearman).toEqual(spearman(scores, importance));
      expect(block.pearsonAbsolute).toEqual(pearson(scores, absolute));
      expect(block.spearmanAbsolute).toEqual(spearman(scores, absolute));
      expect(Math.abs(block.pearson.coefficient)).toBeLessThanOrEqual(1);
    }
    inspector.dispose();
  });

  it('of a dense run routes nothing', async () => {
    const checkpoints = new MemoryCheckpoints();
    await trained(checkpoints, 'a', { router: 'dense', duration: 1 });
    const inspector = await opened(checkpoints, 'a', { router: 'dense' });
    const routing = await classified(inspector, new Uint8Array(28 * 28));
    expect(routing.blocks.values).toHaveLength(0);
    expect(routing.kept.values).toHaveLength(0);
    expect([...routing.probabilities.values].reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    inspector.dispose();
  });
});

describe('a worker of its own', () => {
  const RUN = 'inspect-test';
  const request: InspectionRequest = { runId: RUN, experiment: card.id, spec: specOf({}), seed: 0 };
  let worker: Worker;
  let remote: Remote<InspectorWorker>;
  beforeEach(() => {
    worker = new Worker(new URL('../../workers/inspector.ts', import.meta.url), { type: 'module' });
    remote = wrap<InspectorWorker>(worker);
  });
  afterEach(async () => {
    worker.terminate();
    await (await openCheckpoints()).remove(modelOf(RUN));
  });

  async function ask(
    question: Question,
    onProgress: (progress: AnswerProgress) => void = () => undefined,
  ): Promise<Reply> {
    const { port1: ours, port2: theirs } = new MessageChannel();
    ours.onmessage = ({ data: progress }: MessageEvent<AnswerProgress>) => onProgress(progress);
    const reply = await remote.ask(request, question, transfer(theirs, [theirs]));
    ours.close();
    return reply;
  }

  it('answers one question after another, and can be stopped', async () => {
    const checkpoints = await openCheckpoints();
    expect(checkpoints.trouble).toBeUndefined();
    await trained(checkpoints, RUN, { duration: 2 });
    const pixels = new Uint8Array(28 * 28).map((_, i) => i % 256);
    const here = await opened(checkpoints, RUN, {});
    const routing = await classified(here, pixels);
    here.dispose();
    expect(await ask({ kind: 'classify', pixels })).toEqual({
      status: 'answered',
      answer: { kind: 'classify', step: 2, routing },
    });

    const told: AnswerProgress[] = [];
    const stopped = await ask({ kind: 'importance', images: 250 }, (progress) => {
      told.push(progress);
      if (progress.done > 0) void remote.abort();
    });
    expect(stopped).toEqual({ status: 'aborted' });
    expect(told.at(-1)?.done).toBeLessThan(250 * 2 * 16);
    const next = await ask({ kind: 'importance', images: 5 });
    expect(next).toMatchObject({ status: 'answered', answer: { kind: 'importance', images: 5 } });
  });

  it('says when the model is gone, and answers once there is one', async () => {
    const question = { kind: 'classify', pixels: new Uint8Array(28 * 28) } as const;
    expect(await ask(question)).toMatchObject({
      status: 'failed',
      fault: {
        name: 'DataError',
        message: 'This run’s model is not stored any more. Train the run again to ask it.',
      },
    });
    await trained(await openCheckpoints(), RUN, { duration: 1 });
    expect((await ask(question)).status).toBe('answered');
  });
});
