import * as tf from '@tensorflow/tfjs-core';
import { Matrix } from 'ml-matrix';
import { EpochOrder } from '../../data/order';
import { drawMixup } from '../../kernels/batch/draw-mixup';
import { mean } from '../../math/interval';
import {
  classifierMeasures,
  featureMeasures,
  type FeatureMeasures,
} from '../../methods/collapse/collapse-measures';
import { angleFloor } from '../../methods/collapse/angle-floor';
import { cosines } from '../../methods/collapse/simplex-geometry';
import { cdnv } from '../../methods/collapse/variability';
import { DeviceBatches } from '../../nn/device-batches';
import { createGroupedSgd } from '../../nn/grouped-sgd';
import { isOfHead } from '../../nn/layered-classifier';
import { parametersWhere } from '../../nn/parameter-groups';
import { stateOfNumbers, stateOfVariables } from '../../nn/saved-state';
import { learningRateAt, milestonesAt, type Schedule } from '../../nn/schedule';
import type { RunFacts } from '../../run/events';
import { defineRun } from '../../run/experiment';
import { HeldResources } from '../../training/held-resources';
import { loadDataset } from '../../training/load-dataset';
import { measureCollapse, type LayerOutputs } from '../../training/measure-collapse';
import { measureRobustness } from '../../training/measure-robustness';
import { requireFinite } from '../../training/require-finite';
import { lengthOf } from '../../training/training-length';
import { runTraining } from '../../training/training-loop';
import card from './card';
import { classSizes, trainedClasses } from './check';
import { chooseClasses } from './class-subset';
import { GEOMETRY, MIXED, PICTURED } from './geometry-snapshot';
import type { CollapseSpec } from './knobs';
import { bySize, predictMinority, shortestToLongest } from './minority';
import { createModel } from './model';
import { GeometryPicture } from './picture-geometry';
import { TerminalPhase } from './terminal-phase';
import { captureTrainingStep, losses } from './training-step';
import { measureForeign, measureTransfer } from './transfer';

/** Steps of DeepFool. */
const ROBUSTNESS_STEPS = 5;

/**
 * Trains a classifier past zero error and measures how its features collapse onto their class means, on the training
 * images in evaluation mode. Classes count alike in the measures, whatever their sizes.
 */
export default defineRun(card, async function* (spec, context) {
  const { rng, data, signal } = context;
  const sizes = classSizes(spec);
  const portion = { train: imagesToRead(spec), test: spec.testExamples };
  const dataset = yield* loadDataset(data, spec.dataset, portion, signal);
  const subset = chooseClasses(dataset, trainedClasses(spec), sizes);
  const { classes, unseenClasses } = subset;
  const other =
    spec.foreign === 'none'
      ? null
      : yield* loadDataset(data, spec.foreign, { train: 0, test: spec.testExamples }, signal);
  const order = new EpochOrder(rng.fork('order'), subset.train.count, spec.batch);
  const totalSteps = lengthOf(spec, order);
  const schedule = scheduleOf(spec, totalSteps);
  const held = new HeldResources();

  try {
    const train = held.hold(new DeviceBatches(dataset, subset.train));
    const test = held.hold(new DeviceBatches(dataset, subset.test));
    const unseen = unseenClasses.length > 0 ? held.hold(new DeviceBatches(dataset, subset.unseen)) : null;
    // As the network is given its own images: a foreign pixel is scaled like one of them.
    const foreign = other && {
      split: other.test,
      batches: held.hold(new DeviceBatches(dataset, other.test)),
    };
    const model = held.hold(createModel(spec, dataset.shape, classes.length, rng));
    const { parameters, head } = model;
    const optimizer = held.hold(
      createGroupedSgd(
        [
          {
            parameters: parametersWhere(parameters, (name) => !isOfHead(name)),
            weightDecay: spec.weightDecay,
          },
          { parameters: parametersWhere(parameters, isOfHead), weightDecay: spec.headDecay },
        ],
        spec,
      ),
    );
    const step = held.hold(captureTrainingStep(spec, model, train, optimizer, classes.length));
    const picture = new GeometryPicture(subset.train, train, classes.length);

    const outputs = (images: tf.Tensor4D): LayerOutputs => model.forward(images, 'evaluation');
    /** The last layer alone. */
    const lastOutputs = (images: tf.Tensor4D): LayerOutputs => {
      const { layers, logits } = outputs(images);
      return { layers: layers.slice(-1), logits };
    };
    const measuring = {
      classes,
      weighting: 'classes',
      lossOf: (logits: tf.Tensor2D, labels: tf.Tensor1D) => losses(spec.loss, logits, labels),
      signal,
    } as const;
    const prediction = predictMinority(spec, sizes);
    const floor = angleFloor(classes.length, spec.features);
    const terminal = new TerminalPhase();
    let atTerminal: number | null = null;
    const numbers = (value: number | null) => (value === null ? [] : [value]);
    const phase = stateOfNumbers(
      () => ({ since: numbers(terminal.since), nc1: numbers(atTerminal) }),
      ({ since, nc1 }) => {
        terminal.since = since[0] ?? null;
        atTerminal = nc1[0] ?? null;
      },
    );

    const facts = (): RunFacts => ({
      totalSteps,
      batchSize: spec.batch,
      epochExamples: order.stepsPerEpoch * spec.batch,
      orderDigest: order.digest,
      parameters: parameters.count,
      flopsPerImage: model.flopsPerImage,
      flopsPerStep: 3 * spec.batch * model.flopsPerImage,
      dataDigest: dataset.digest,
      initDigest: parameters.initDigest,
      details: {
        'Terminal phase, 99.9 % training accuracy':
          terminal.since === null ? 'not reached' : `since step ${terminal.since}`,
        Layers: model.layerNames.join(', '),
        'Training images of each class': sizes.join(', '),
        'Classes in the measures': 'count alike, whatever their sizes',
        ...(spec.features < classes.length - 1 && {
          'Largest angles': `${classes.length} classes need ${classes.length - 1} features for a simplex; there are ${spec.features}`,
        }),
        ...(unseenClasses.length > 0 && { 'Held-out classes': unseenClasses.join(', ') }),
        ...(other && { 'Foreign images': `${other.test.count} of ${other.name}` }),
        ...(prediction && {
          'Predicted minority collapse': `classes of ${prediction.threshold.toPrecision(3)} images or fewer`,
        }),
        'Training images': `${subset.train.count}`,
        'Test images': `${subset.test.count}`,
      },
    });

    return yield* runTraining(
      {
        step,
        state: {
          parameters,
          buffers: stateOfVariables(model.running),
          optimizer,
          extra: phase,
        },
        totalSteps,
        evalEvery: spec.evalEvery,
        evaluatesFirst: true,
        evaluatesAt: (at) =>
          isEarly(at, order.stepsPerEpoch) && (spec.evalEvery === 0 || at < spec.evalEvery),
        inputsAt: (at) => {
          const mixing =
            spec.mixup > 0
              ? drawMixup(rng.fork('mixup').fork(String(at)), spec.batch, spec.mixup, 'step')
              : { partners: new Int32Array(spec.batch), lambda: new Float32Array(spec.batch) };
          return {
            indices: Int32Array.from(order.batchOf(at - 1)),
            ...mixing,
            settings: optimizer.settingsAt(learningRateAt(at - 1, schedule)),
          };
        },
        scalarsOf(at, { loss, gradientNorm, nonFinite }) {
          requireFinite(at, { loss, nonFinite }, (number) => optimizer.parameterName(number));
          return { batchLoss: loss, gradientNorm, learningRate: learningRateAt(at - 1, schedule) };
        },
        async *evaluate(at) {
          const onTrain = yield* measureCollapse(
            subset.train,
            (examples) => outputs(train.images(examples).images),
            {
              ...measuring,
              what: 'training images',
            },
          );
          const last = onTrain.layers.at(-1);
          if (!last) throw new RangeError('A network has one layer or more');
          const { means } = last.means;
          const onTest = yield* measureCollapse(
            subset.test,
            (examples) => lastOutputs(test.images(examples).images),
            {
              ...measuring,
              centres: means,
              what: 'test images',
            },
          );
          const transfer =
            unseen &&
            (yield* measureTransfer(
              subset.unseen,
              (examples) => lastOutputs(unseen.images(examples).images),
              means,
              {
                shots: spec.shots,
                rng: rng.fork('few-shot'),
                signal,
              },
            ));
          const foreignNc5 =
            foreign &&
            (yield* measureForeign(
              foreign.split,
              (examples) => lastOutputs(foreign.batches.images(examples).images),
              means,
              signal,
            ));
          const robustness = spec.robustness > 0 ? await measureRobust() : null;

          const weight = (await matrixOf(head.weight)).transpose();
          const bias = head.bias ? await head.bias.data() : new Float32Array(classes.length);
          const layers = onTrain.layers.map((layer) => featureMeasures(layer.means, layer.scatter));
          const features = layers.at(-1);
          if (!features) throw new RangeError('A network has one layer or more');
          const classifier = classifierMeasures(last.means, weight, bias);

          const pure = await picture.read(outputs);
          const testStatistics = onTest.layers.at(-1);
          yield {
            kind: 'snapshot',
            snapshot: {
              name: GEOMETRY,
              step: at,
              arrays: picture.geometry(pure, last, { weight }, layers, onTest.classAccuracy),
            },
          };
          const mixed = await picture.readMixed(outputs);
          const drawn = picture.mixed(mixed, pure, { weight }, spec.loss === 'ce');
          yield { kind: 'snapshot', snapshot: { name: MIXED, step: at, arrays: drawn } };

          const before = terminal.since;
          terminal.add(at, onTrain.accuracy);
          if (terminal.since !== before) {
            atTerminal = terminal.since === null ? null : features.nc1;
            yield { kind: 'facts', facts: facts() };
          }
          return {
            trainAccuracy: onTrain.accuracy,
            testAccuracy: onTest.accuracy,
            trainLoss: onTrain.loss,
            testLoss: onTest.loss,
            ...featureMetrics(features),
            ...finite('testCdnv', testStatistics && cdnv(testStatistics.means.means, testStatistics.scatter)),
            ...finite('equinormClassifier', classifier.classifier.equinorm),
            ...finite('equiangularClassifier', classifier.classifier.equiangular),
            ...finite('maximalAngleClassifier', classifier.classifier.maximalAngle),
            ...finite('frameClassifier', classifier.classifier.frameDistance),
            ...(floor !== null && { angleFloor: floor }),
            ...finite('nc3', classifier.selfDuality),
            ...finite('nc3Frame', classifier.dualFrameDistance),
            ...finite('biasCheck', classifier.biasCheck),
            nc4Train: onTrain.disagreement,
            nc4Test: onTest.disagreement,
            ...(terminal.since !== null &&
              atTerminal !== null && {
                terminalStep: terminal.since,
                ...finite('terminalChange', features.nc1 / atTerminal),
              }),
            ...(transfer && {
              ...finite('unseenCdnv', transfer.cdnv),
              fewShot: transfer.fewShot,
              ...finite('nc5', transfer.orthogonality),
            }),
            ...finite('foreignNc5', foreignNc5 ?? undefined),
            ...finite('robustness', robustness ?? undefined),
            ...finite('lengthRatio', shortestToLongest(lengthsOf(weight))),
            ...(prediction &&
              finite('predictedLengthRatio', shortestToLongest(prediction.classifierLengths))),
            ...(spec.imbalance !== 'balanced' && minorityMetrics(weight, onTest.classAccuracy)),
            ...layerFamilies(layers),
            ...classFamilies(weight, onTest.classAccuracy),
          };
        },
        facts,
        async *begins() {
          const arrays = picture.pictured(sizes);
          yield await Promise.resolve({
            kind: 'snapshot',
            snapshot: { name: PICTURED, step: 0, arrays },
          } as const);
        },
      },
      context,
    );

    async function measureRobust(): Promise<number> {
      const images = tf.tidy(
        () => test.images(tf.range(0, Math.min(spec.robustness, subset.test.count), 1, 'int32')).images,
      );
      try {
        return await measureRobustness(
          images,
          (x) => model.forward(x as tf.Tensor4D, 'differentiable').logits,
          {
            steps: ROBUSTNESS_STEPS,
            signal,
          },
        );
      } finally {
        images.dispose();
      }
    }

    function minorityMetrics(weight: Matrix, testAccuracy: Float64Array) {
      const small = bySize([...testAccuracy], spec);
      const first = classes.length - spec.minority;
      const between = pairsFrom(cosines(weight), first);
      return {
        ...finite('minorityCosine', mean(between)),
        ...finite('minorityAccuracy', mean(small.minority)),
        ...finite('majorityAccuracy', mean(small.majority)),
      };
    }

    function layerFamilies(
      layers: readonly FeatureMeasures[],
    ): Record<`${'layerNc1' | 'layerQuotient'}.${string}`, number> {
      return Object.fromEntries(
        layers.flatMap(({ nc1, traceQuotient }, i) => [
          [`layerNc1.${i + 1}`, nc1],
          [`layerQuotient.${i + 1}`, traceQuotient],
        ]),
      );
    }

    function classFamilies(
      weight: Matrix,
      testAccuracy: Float64Array,
    ): Record<`${'classLength' | 'predictedClassLength' | 'classAccuracy'}.${string}`, number> {
      const members = (family: string, values: ArrayLike<number>) =>
        Array.from(values).map((value, c) => [`${family}.${c + 1}`, value] as const);
      return Object.fromEntries([
        ...members('classLength', lengthsOf(weight)),
        ...members('classAccuracy', testAccuracy),
        ...(prediction ? members('predictedClassLength', prediction.classifierLengths) : []),
      ]);
    }
  } finally {
    held.dispose();
  }
});

function scheduleOf({ schedule: kind, learningRate: peak }: CollapseSpec, totalSteps: number): Schedule {
  const course = { peak, warmup: 0, totalSteps };
  return kind === 'steps'
    ? { ...course, kind, milestones: milestonesAt([1 / 3, 2 / 3], totalSteps), factor: 0.1 }
    : { ...course, kind };
}

/**
 * Training images to read, from the front, so that there are as many of the largest class as wanted: a tenth of the images
 * are of each class, give or take a few in a hundred.
 */
const imagesToRead = ({ perClass }: CollapseSpec): number =>
  Math.min(60000, Math.ceil(12.5 * perClass) + 300);

/** After 1, 2, 4 … epochs. */
const isEarly = (step: number, stepsPerEpoch: number): boolean =>
  step >= stepsPerEpoch && Number.isInteger(Math.log2(step / stepsPerEpoch));

const featureMetrics = ({ nc1, nc1Trace, traceQuotient, cdnv: variance, means }: FeatureMeasures) => ({
  ...finite('nc1', nc1),
  ...finite('nc1Trace', nc1Trace),
  ...finite('traceQuotient', traceQuotient),
  ...finite('cdnv', variance),
  ...finite('equinormMeans', means.equinorm),
  ...finite('equiangularMeans', means.equiangular),
  ...finite('maximalAngleMeans', means.maximalAngle),
  ...finite('frameMeans', means.frameDistance),
});

/** A metric's value, unless it has none: where a class lies at the centre there is no angle. */
const finite = <M extends string>(metric: M, value: number | undefined): Partial<Record<M, number>> =>
  value !== undefined && Number.isFinite(value) ? ({ [metric]: value } as Record<M, number>) : {};

const lengthsOf = (vectors: Matrix): number[] =>
  Array.from({ length: vectors.rows }, (_, c) => vectors.getRowVector(c).norm());

/** Entries below the diagonal, of rows and columns from `first` on. */
const pairsFrom = (matrix: Matrix, first: number): number[] =>
  Array.from({ length: matrix.rows - first }, (_, i) =>
    matrix.getRow(first + i).slice(first, first + i),
  ).flat();

async function matrixOf(variable: tf.Variable): Promise<Matrix> {
  const [rows = 0, columns = 0] = variable.shape;
  return Matrix.from1DArray(rows, columns, await variable.data<'float32'>());
}
