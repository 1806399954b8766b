import type { CapturedStep } from '../engine/captured-step';
import type { InputSpecs, InputValues } from '../engine/step-inputs';
import type { FactsEvent, PhaseEvent, RunEvent, RunFacts, SnapshotEvent } from '../run/events';
import type { ExperimentContext } from '../run/experiment';
import { KeptModel } from './kept-model';
import { RunCheckpoint, type CheckpointContext } from './run-checkpoint';
import type { TrainingState } from './training-file';

/** What a training is made of; the loop around it is the same for every experiment. */
export interface Training<
  I extends InputSpecs,
  O extends string,
  M extends string,
  V extends string = never,
> {
  step: CapturedStep<I, O, V>;
  /** All that changes from step to step and decides what later steps report. */
  state: TrainingState;
  /** Outputs of the step that are vectors, if it has any. */
  vectors?: readonly V[];
  totalSteps: number;
  /** All that step `step`, counted from 1, depends on besides the state. */
  inputsAt(step: number): InputValues<I>;
  /**
   * What to report of a step, from its outputs.
   * @throws DivergedError when training left the finite numbers.
   */
  scalarsOf(
    step: number,
    outputs: Record<O, number>,
    vectors: Record<V, Float32Array>,
  ): Partial<Record<M, number>>;
  /** Whether what all steps before this one gave must be told before its inputs are made; never where absent. */
  reportsBefore?(step: number): boolean;
  /** Steps between two evaluations; 0 evaluates at the end only. */
  evalEvery: number;
  /** Steps after which it evaluates besides. */
  evaluatesAt?(step: number): boolean;
  /** Measures the model as it is. It draws nothing and changes nothing. May tell facts that it found new. */
  evaluate(
    step: number,
  ): AsyncGenerator<PhaseEvent | FactsEvent | SnapshotEvent, Partial<Record<M, number>>, void>;
  /** Measures once before the first step as well: a model that begins with something learnt. */
  evaluatesFirst?: boolean;
  /** The lens asks the model while it trains: it is kept after every evaluation, and not after the last alone. */
  keepsEveryModel?: boolean;
  /** Told before the first step, and again once it is known how the steps run. */
  facts(): RunFacts;
  /** What there is to see before the first step; not told again by a training that goes on. It changes nothing. */
  begins?(): AsyncGenerator<SnapshotEvent, void, void>;
}

/**
 * Runs a training from its first step, or from its latest checkpoint, to its last: reports every step once, in order,
 * evaluates when it is time, and yields a `step` event only when all that the step had to report is out. A stopped run first
 * reports what it computed.
 *
 * Checkpoints are written between steps: every so often, when the run is stopped, and when it ends otherwise where the last
 * step is through. What a checkpoint holds goes on to the same bits as if nothing had happened. They are removed when the
 * run is done.
 * @returns what the last evaluation measured
 */
export async function* runTraining<
  I extends InputSpecs,
  O extends string,
  M extends string,
  V extends string = never,
>(
  training: Training<I, O, M, V>,
  context: Pick<ExperimentContext, 'signal' | 'reportDue' | 'resume'> & CheckpointContext,
): AsyncGenerator<RunEvent<M>, Partial<Record<M, number>>, void> {
  const { device, signal, reportDue, resume } = context;
  const { step: captured, totalSteps, evalEvery, vectors = [] } = training;
  const checkpoint = new RunCheckpoint<M>(training.state, context);
  const model = new KeptModel(training.state, context.checkpoints, context.runId);
  let isSettled = false; // whether it is known how the steps run: replayed or eagerly
  let done = 0; // steps that were run
  let reported = 0; // steps whose outputs were yielded
  let isWhole = false; // whether the state is that of step `done`, all of which was yielded
  let evaluation: Partial<Record<M, number>> = {};

  const facts = (told: RunFacts): FactsEvent => {
    const details = {
      ...told.details,
      ...(model.trouble !== undefined && { 'Model kept': `no: ${model.trouble}` }),
      ...(checkpoint.trouble !== undefined && { 'Checkpoints to go on from': checkpoint.trouble }),
    };
    return { kind: 'facts', facts: { ...told, details } };
  };

  async function* report(): AsyncGenerator<RunEvent<M>, void, void> {
    const columns = await captured.read();
    const isVector = new Set<string>(vectors);
    const names = (Object.keys(columns) as (O | V)[]).filter((name) => !isVector.has(name)) as O[];
    const rows = columns[names[0] as O].length;
    const inRow = (row: number, column: Float32Array) =>
      column.subarray((row * column.length) / rows, ((row + 1) * column.length) / rows);
    for (let row = 0; row < rows; row++) {
      const outputs = Object.fromEntries(names.map((name) => [name, columns[name][row]]));
      const lists = Object.fromEntries(vectors.map((name) => [name, inRow(row, columns[name])]));
      const step = ++reported;
      const values = training.scalarsOf(step, outputs as Record<O, number>, lists as Record<V, Float32Array>);
      yield { kind: 'scalars', step, values };
    }
  }

  async function* evaluate(step: number): AsyncGenerator<RunEvent<M>, void, void> {
    const events = training.evaluate(step);
    for (;;) {
      const next = await events.next();
      if (next.done === true) {
        evaluation = next.value;
        break;
      }
      yield next.value.kind === 'facts' ? facts(next.value.facts) : next.value;
    }
    yield { kind: 'scalars', step, values: evaluation };
    if (!training.keepsEveryModel && step < totalSteps) return;
    const { trouble } = model;
    await model.keep(step);
    if (model.trouble !== trouble) yield facts(training.facts());
  }

  async function* save(): AsyncGenerator<RunEvent<M>, void, void> {
    if (!checkpoint.isNews(done)) return;
    const { trouble } = checkpoint;
    yield { kind: 'saving' };
    const isSaved = await checkpoint.save({ step: done, evaluation });
    yield { kind: 'saved', step: isSaved ? done : null };
    if (checkpoint.trouble !== trouble) yield facts(training.facts());
  }

  if (resume) {
    const left = await checkpoint.resume(Math.min(resume.step, totalSteps));
    yield left
      ? { kind: 'resumed', step: left.step, trainMs: left.trainMs, phases: left.phases }
      : { kind: 'resumed', step: -1, trainMs: 0, phases: {} };
    if (left) ({ step: done, evaluation } = left);
    reported = done;
  }
  const isNew = done === 0;
  try {
    if (isNew && training.begins) yield* training.begins();
    yield facts(training.facts());
    if (isNew && training.evaluatesFirst) yield* evaluate(0);
    const times = device.backend === 'webgpu' && !device.software; // see VariantChooser
    yield {
      kind: 'phase',
      phase: 'compiling',
      ...(times && { detail: 'kernels, and timing those new to this device' }),
    };
    isWhole = true;
    for (let step = done + 1, first = step; step <= totalSteps; step++) {
      if (signal.aborted) {
        yield* report();
        yield* save();
        signal.throwIfAborted();
      }
      if (training.reportsBefore?.(step)) yield* report();
      isWhole = false;
      try {
        await captured.run(training.inputsAt(step));
      } catch (error) {
        try {
          yield* report();
        } catch {
          // Nothing more to be had; why the step failed matters more.
        }
        throw error;
      }
      done = step;
      if (captured.outcome && !isSettled) {
        isSettled = true;
        yield facts(training.facts());
        yield { kind: 'phase', phase: 'training' };
      }
      const isLast = step === totalSteps;
      const isTime = evalEvery > 0 && step % evalEvery === 0;
      const evaluates = isLast || isTime || (training.evaluatesAt?.(step) ?? false);
      const saves = checkpoint.isDue;
      if (reportDue() || evaluates || saves || step === first) yield* report();
      if (evaluates) {
        yield* evaluate(step);
        yield { kind: 'phase', phase: isSettled ? 'training' : 'compiling' };
      }
      isWhole = reported === step;
      yield { kind: 'step', step };
      if (saves) yield* save();
    }
    isWhole = false; // nothing left to go on with
    if (checkpoint.isKept) {
      yield { kind: 'saving' };
      await checkpoint.remove();
    }
    return evaluation;
  } finally {
    // Closed between two steps. Where even that fails, what was saved before stands.
    if (isWhole && checkpoint.isNews(done))
      await checkpoint.save({ step: done, evaluation }).catch(() => undefined);
  }
}
