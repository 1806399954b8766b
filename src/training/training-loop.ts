import type { CapturedStep } from '../engine/captured-step';
import type { InputSpecs, InputValues } from '../engine/step-inputs';
import type { FactsEvent, PhaseEvent, RunEvent, RunFacts, SnapshotEvent } from '../run/events';
import type { RunContext } from '../run/experiment';

/** What a training is made of; the loop around it is the same for every experiment. */
export interface Training<
  I extends InputSpecs,
  O extends string,
  M extends string,
  V extends string = never,
> {
  step: CapturedStep<I, O, V>;
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
  /** Told before the first step, and again once it is known how the steps run. */
  facts(): RunFacts;
}

/**
 * Runs a training from its first step to its last: reports every step once, in order, evaluates when it is time, and
 * yields a `step` event only when all that the step had to report is out. A stopped run first reports what it computed.
 * @returns what the last evaluation measured
 */
export async function* runTraining<
  I extends InputSpecs,
  O extends string,
  M extends string,
  V extends string = never,
>(
  training: Training<I, O, M, V>,
  { device, signal, reportDue }: Pick<RunContext, 'device' | 'signal' | 'reportDue'>,
): AsyncGenerator<RunEvent<M>, Partial<Record<M, number>>, void> {
  const { step: captured, totalSteps, evalEvery, vectors = [] } = training;
  let isSettled = false; // whether it is known how the steps run: replayed or eagerly
  let reported = 0; // steps whose outputs were yielded
  let evaluation: Partial<Record<M, number>> = {};

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

  yield { kind: 'facts', facts: training.facts() };
  if (training.evaluatesFirst) {
    evaluation = yield* training.evaluate(0);
    yield { kind: 'scalars', step: 0, values: evaluation };
  }
  const times = device.backend === 'webgpu' && !device.software; // see VariantChooser
  yield {
    kind: 'phase',
    phase: 'compiling',
    ...(times && { detail: 'kernels, and timing those new to this device' }),
  };
  for (let step = 1; step <= totalSteps; step++) {
    if (signal.aborted) {
      yield* report();
      signal.throwIfAborted();
    }
    if (training.reportsBefore?.(step)) yield* report();
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
    if (captured.outcome && !isSettled) {
      isSettled = true;
      yield { kind: 'facts', facts: training.facts() };
      yield { kind: 'phase', phase: 'training' };
    }
    const isLast = step === totalSteps;
    const isTime = evalEvery > 0 && step % evalEvery === 0;
    const evaluates = isLast || isTime || (training.evaluatesAt?.(step) ?? false);
    if (reportDue() || evaluates || step === 1) yield* report();
    if (evaluates) {
      evaluation = yield* training.evaluate(step);
      yield { kind: 'scalars', step, values: evaluation };
      yield { kind: 'phase', phase: isSettled ? 'training' : 'compiling' };
    }
    yield { kind: 'step', step };
  }
  return evaluation;
}
