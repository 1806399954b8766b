import * as tf from '@tensorflow/tfjs-core';
import { DataError, type Dataset, type Split } from '../../data/data-source';
import { pearson, spearman } from '../../math/correlation';
import { leaveOneOut, type LeaveOneOut } from '../../methods/routing/importance';
import { routedBlocks } from '../../methods/routing/capacity';
import { DeviceBatches } from '../../nn/device-batches';
import { defineInspector, type AnswerProgress } from '../../run/inspector';
import { numbersIn } from '../../spec/knob';
import { STEP } from '../../training/kept-model';
import { loadModel } from '../../training/model-file';
import card from './card';
import { createModel } from './model';
import type { Answer, BlockImportance, Classified, Importance, Question } from './questions';
import { pictureRouting } from './routing-picture';

/** Number of the pass by which random routers draw; that of the routing snapshots, too. */
const PASS = 0;

/** Loads the model of a run again, to route and classify single images and to measure how much each token matters. */
export default defineInspector<(typeof card)['knobs'], Question, Answer>(card, async (spec, context) => {
  const { rng, data, checkpoints, model: file } = context;
  /** The first test images, and none for training. */
  async function loadImages(test: number, signal: AbortSignal): Promise<Dataset> {
    const loading = data.load(spec.dataset, { train: 0, test }, signal);
    for (;;) {
      const next = await loading.next();
      if (next.done === true) return next.value;
    }
  }
  const described = await loadImages(0, context.signal);
  const classes = described.classes.length;
  const batchesOf = (split: Split) => new DeviceBatches(described, split, spec);
  const empty = batchesOf(described.test);
  const { patchCount: patches, patchValues } = empty;
  empty.dispose();
  const model = createModel(spec, { patches, patchValues, classes }, rng);
  const random = tf.tensor1d([PASS], 'int32');
  const policy = model.policy(random, 'evaluation');

  /** Takes the values that the run stored last, and says after how many steps that was. */
  async function refresh(): Promise<number> {
    const stored = await loadModel(checkpoints, file);
    if (!stored)
      throw new DataError('This run’s model is not stored any more. Train the run again to ask it.');
    model.parameters.assign(stored.tensors);
    return Number(stored.metadata[STEP]);
  }

  async function classify(pixels: Uint8Array): Promise<Classified> {
    const [height, width, channels] = described.shape;
    const bytes = height * width * channels;
    if (pixels.length !== bytes)
      throw new DataError(
        `An image of ${spec.dataset} has ${height} × ${width} × ${channels} bytes, not ${pixels.length}`,
      );
    const step = await refresh();
    const image = batchesOf({ count: 1, pixels, labels: Uint8Array.of(0) });
    try {
      const forward = () => model.forward(image.patches(tf.tensor1d([0], 'int32')).patches, policy);
      return { kind: 'classify', step, routing: await pictureRouting(forward) };
    } finally {
      image.dispose();
    }
  }

  /**
   * Scores that blocks of this setting choose by. Where nothing is routed, as in the paper's own analysis of a dense model,
   * those that A-MoD would give every second block: the attention received in the block before.
   */
  const isRouted = policy !== undefined;
  const analysed = isRouted
    ? routedBlocks(spec.depth, spec.routedBlocks, numbersIn(spec.blockList))
    : routedBlocks(model.tokensPerBlock.length, 'alternate');
  const scored: Pick<LeaveOneOut, 'blocks' | 'scoresAt'> = {
    blocks: analysed.flatMap((isAnalysed, block) => (isAnalysed ? [block] : [])),
    scoresAt: (taps, block) =>
      (isRouted ? taps[block]?.scores : taps[block - 1]?.attention?.received()) ?? throwNoScores(block),
  };

  async function* importance(
    images: number,
    signal: AbortSignal,
  ): AsyncGenerator<AnswerProgress, Importance, void> {
    const step = await refresh();
    const { test } = await loadImages(images, signal);
    const batches = batchesOf(test);
    try {
      const analysis = leaveOneOut(
        model,
        {
          count: test.count,
          labels: test.labels,
          patches: (from, to) => batches.patches(tf.range(from, to, 1, 'int32')).patches,
        },
        { ...scored, policy, classToken: spec.readout === 'class', signal },
      );
      for (;;) {
        const next = await analysis.next();
        if (next.done !== true) yield { ...next.value, unit: 'forward passes' };
        else return { kind: 'importance', step, images: test.count, blocks: next.value.map(correlated) };
      }
    } finally {
      batches.dispose();
    }
  }

  return {
    async *ask(question, signal) {
      if (question.kind === 'importance') return yield* importance(question.images, signal);
      return await classify(question.pixels);
    },
    dispose() {
      model.parameters.dispose();
      random.dispose();
    },
  };
});

/** Correlates the scores at a block with the importances there. */
function correlated({
  block,
  scores,
  importance,
}: Pick<BlockImportance, 'block' | 'scores' | 'importance'>): BlockImportance {
  const absolute = importance.map(Math.abs);
  return {
    block: block + 1,
    scores,
    importance,
    pearson: pearson(scores, importance),
    spearman: spearman(scores, importance),
    pearsonAbsolute: pearson(scores, absolute),
    spearmanAbsolute: spearman(scores, absolute),
  };
}

function throwNoScores(block: number): never {
  throw new Error(`Block ${block + 1} has no scores`);
}
