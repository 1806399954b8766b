import { DataError } from '../data/data-source';
import type { TensorFile } from '../data/safetensors';
import type { CapturedStep } from '../engine/captured-step';
import type { InputSpecs, InputValues } from '../engine/step-inputs';
import type { Optimizer } from '../nn/optimizer';
import type { Parameters } from '../nn/parameters';
import { DivergedError } from '../run/diverged-error';
import type { PhaseEvent } from '../run/events';
import type { RunContext } from '../run/experiment';
import { loadModel, saveModel } from './model-file';
import { SavePace } from './save-pace';
import { isAbout, resumeTraining, saveTraining } from './training-file';

/** A claim that takes longer than this is worth a word. */
const CLAIM_MS = 100;

/** A training whose outcome is a model that many runs begin with. */
export interface Pretraining<I extends InputSpecs> {
  /** `loss` of the batch, and `nonFinite` as the optimizer gives it. */
  step: Pick<CapturedStep<I, 'loss' | 'nonFinite'>, 'run' | 'read'>;
  totalSteps: number;
  /** All that step `step`, counted from 1, depends on besides the parameters and the optimizer's state. */
  inputsAt(step: number): InputValues<I>;
  parameters: Pick<Parameters, 'toArrays' | 'assign' | 'restore'>;
  optimizer: Pick<Optimizer, 'parameterName' | 'toArrays' | 'assign'>;
  /** Measures the model as it is, once, at the end: numbers by name. It draws nothing and changes nothing. */
  evaluate(): AsyncGenerator<PhaseEvent, Readonly<Record<string, number>>, void>;
  /** Frees everything, the model included. */
  dispose(): void;
}

/** What is to be pre-trained, and what it is called. */
export interface PretrainingPlan<I extends InputSpecs> {
  /** Name of the model's file: from a digest of everything that the model depends on. */
  name: string;
  /** What it is, for people, within a sentence: `the dense model of seed 0`. */
  what: string;
  /** Everything that the model depends on, in words of the file. A file that says otherwise is not used. */
  about: Readonly<Record<string, string>>;
  /** Makes the model and its training, at its beginning. May be called more than once. */
  create: () => Pretraining<I>;
}

export interface Pretrained extends TensorFile {
  /** `about`, and `steps` and what was measured of the finished model. */
  metadata: Readonly<Record<string, string>>;
  /** Steps that were trained here and now; 0 where the model was found finished. */
  stepsTrained: number;
  /** Why the model could not be kept for other runs; absent where it was. */
  trouble?: string;
}

/**
 * A model that is trained once and kept under its name: found finished, or trained on from where an earlier run left it,
 * or trained from its first step. Where another run is at it, waits for that one. A run that is stopped leaves what it
 * has, and going on from there gives the same bits as never having stopped. A file that is cut off, or that belongs to
 * another model, counts as none and is replaced; a storage that refuses costs later runs their time and this one nothing.
 * @throws DivergedError when the training leaves the finite numbers.
 */
export async function* pretrained<I extends InputSpecs>(
  plan: PretrainingPlan<I>,
  { checkpoints, signal, reportDue }: Pick<RunContext, 'checkpoints' | 'signal' | 'reportDue'>,
  { saveMs }: { saveMs?: number } = {},
): AsyncGenerator<PhaseEvent, Pretrained, void> {
  const { name, what } = plan;
  yield { kind: 'phase', phase: 'pretraining', detail: `looking for ${what}` };
  const ready = await findFinished(plan, checkpoints);
  if (ready) return ready;

  const leaving = new AbortController();
  const claim = checkpoints.claim(name, AbortSignal.any([signal, leaving.signal]));
  try {
    if (!(await settlesWithin(claim, CLAIM_MS)))
      yield {
        kind: 'phase',
        phase: 'pretraining',
        detail: `waiting for another run, which pre-trains ${what}`,
      };
    await claim;
    return (
      (await findFinished(plan, checkpoints)) ?? (yield* train(plan, checkpoints, signal, reportDue, saveMs))
    );
  } finally {
    leaving.abort();
    (await claim.catch(() => null))?.();
  }
}

async function* train<I extends InputSpecs>(
  plan: PretrainingPlan<I>,
  checkpoints: RunContext['checkpoints'],
  signal: AbortSignal,
  reportDue: () => boolean,
  saveMs: number | undefined,
): AsyncGenerator<PhaseEvent, Pretrained, void> {
  const { name, what, about } = plan;
  const unfinished = `${name}.unfinished`;
  const { training, resumedAt } = await begin(plan, unfinished, checkpoints);
  const { step: captured, totalSteps, parameters, optimizer } = training;
  let done = resumedAt;
  let checked = done; // steps whose losses were looked at
  let saved = done; // steps in the file
  const pace = new SavePace(saveMs);
  let loss: number | null = null;
  let { trouble } = checkpoints;
  let isSound = true; // whether what is there is worth keeping

  const diverged = (number: string) => new DivergedError(`While ${what} was pre-trained: ${number}`, checked);
  const check = async () => {
    const { loss: losses, nonFinite } = await captured.read();
    for (const [i, value] of losses.entries()) {
      checked++;
      const culprit = nonFinite[i] ?? 0;
      if (culprit > 0) throw diverged(`the gradient of ${optimizer.parameterName(culprit)}`);
      if (!Number.isFinite(value)) throw diverged('the training loss');
      loss = value;
    }
  };
  /** Lets a storage that refuses be a loss for later runs only. */
  const tryTo = async (store: () => Promise<void>) => {
    try {
      await store();
    } catch (error) {
      trouble ??= error instanceof Error ? error.message : String(error);
    }
  };
  const save = async () => {
    const beganAt = performance.now();
    await check();
    await tryTo(() => saveTraining(checkpoints, unfinished, training, done, about));
    saved = done;
    pace.saved(beganAt);
  };
  const progress = (): PhaseEvent => ({
    kind: 'phase',
    phase: 'pretraining',
    detail: loss === null ? what : `${what}, loss ${loss.toPrecision(3)}`,
    progress: { done, total: totalSteps, unit: 'steps' },
  });

  try {
    yield progress();
    while (done < totalSteps) {
      signal.throwIfAborted();
      await captured.run(training.inputsAt(done + 1));
      done++;
      if (reportDue()) {
        await check();
        yield progress();
      }
      if (pace.isDue) await save();
    }
    await check();
    const measured = Object.entries(yield* training.evaluate());
    const metadata = {
      ...about,
      ...Object.fromEntries(measured.map(([name, value]) => [name, String(value)])),
      steps: String(totalSteps),
    };
    const tensors = await parameters.toArrays();
    saved = done;
    await tryTo(async () => {
      await saveModel(checkpoints, name, tensors, metadata);
      await checkpoints.remove(unfinished);
    });
    return { tensors, metadata, stepsTrained: done - resumedAt, ...(trouble !== undefined && { trouble }) };
  } catch (error) {
    const hasDiverged = error instanceof DivergedError;
    isSound = signal.aborted && !hasDiverged;
    // A loss shows one step late that the parameters are lost: what was saved may be as well.
    if (hasDiverged) await tryTo(() => checkpoints.remove(unfinished));
    throw error;
  } finally {
    // Stopped, or closed at a `yield`. Where even that fails, what was saved before stands.
    if (isSound && done > saved) await save().catch(() => undefined);
    training.dispose();
  }
}

/** The finished model, if it is there and is what the plan describes. */
async function findFinished<I extends InputSpecs>(
  { name, about, create }: PretrainingPlan<I>,
  checkpoints: RunContext['checkpoints'],
): Promise<Pretrained | null> {
  try {
    const file = await loadModel(checkpoints, name);
    if (!file || !isAbout(file, about)) return null;
    const training = create();
    try {
      training.parameters.assign(file.tensors); // tells whether it fits
    } finally {
      training.dispose();
    }
    const { trouble } = checkpoints;
    return { ...file, stepsTrained: 0, ...(trouble !== undefined && { trouble }) };
  } catch (error) {
    if (error instanceof DataError) return null;
    throw error;
  }
}

/** The training, at its beginning or where an earlier run left it. */
async function begin<I extends InputSpecs>(
  { about, create }: PretrainingPlan<I>,
  unfinished: string,
  checkpoints: RunContext['checkpoints'],
): Promise<{ training: Pretraining<I>; resumedAt: number }> {
  const training = create();
  try {
    const step = await resumeTraining(checkpoints, unfinished, training, about);
    if (step !== null && step > training.totalSteps)
      throw new DataError(`${unfinished} has taken more steps than there are`);
    return { training, resumedAt: step ?? 0 };
  } catch (error) {
    training.dispose();
    if (error instanceof DataError) return { training: create(), resumedAt: 0 };
    throw error;
  }
}

/** Whether a promise is through, either way, before the time is up. */
async function settlesWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<false>((done) => (timer = setTimeout(() => done(false), ms)));
  const settled = promise.then(
    () => true,
    () => true,
  );
  try {
    return await Promise.race([settled, late]);
  } finally {
    clearTimeout(timer);
  }
}
