import { DataError } from '../data/data-source';
import { decodeSafetensors, encodeSafetensors, type NamedArray } from '../data/safetensors';
import { keyOf } from '../math/philox-rng';
import type { ExperimentContext, RunClock } from '../run/experiment';
import { trainingFilesOf } from '../run/training-files';
import { checksumOf } from './checksum';
import { SavePace } from './save-pace';
import { isAbout, restoreTraining, trainingArrays, type TrainingState } from './training-file';

/** What of the context says whose checkpoints they are, where they lie and when they are due. */
export type CheckpointContext = Pick<
  ExperimentContext,
  'checkpoints' | 'runId' | 'specDigest' | 'rng' | 'device' | 'clock' | 'saveMs'
>;

/** Where a training stands, besides its state. */
export interface Standing<M extends string> {
  /** Steps taken. */
  step: number;
  /** What the latest evaluation measured. */
  evaluation: Partial<Record<M, number>>;
}

/** Where a training was left. */
export interface LeftTraining<M extends string> extends Standing<M>, RunClock {}

/** A file that will do. */
interface Found<M extends string> extends Standing<M> {
  name: string;
  clock: RunClock;
  tensors: ReadonlyMap<string, NamedArray>;
}

/**
 * The checkpoints of one run: two files that are written in turn, so that one always stands. A file counts only if it is
 * whole and of the same setting, seed, build and device: the same bits come of it, and of no other. Saving draws nothing
 * and changes nothing.
 */
export class RunCheckpoint<M extends string> {
  /** Why there are none, or no newer ones, in words; undefined where all is well. */
  trouble: string | undefined;
  readonly #context: CheckpointContext;
  readonly #state: TrainingState;
  readonly #about: Readonly<Record<string, string>>;
  readonly #pace: SavePace;
  #names: readonly [next: string, other: string];
  /** Steps in the newest file. */
  #saved = 0;

  constructor(state: TrainingState, context: CheckpointContext) {
    const { checkpoints, runId, specDigest, rng, device, saveMs } = context;
    this.#context = context;
    this.#state = state;
    this.#about = {
      training: specDigest,
      seed: keyOf(rng).join(' '),
      build: __BUILD__,
      device: `${device.backend} ${device.adapter}`,
    };
    this.#pace = new SavePace(saveMs);
    this.#names = trainingFilesOf(runId);
    if (saveMs !== Infinity && checkpoints.trouble !== undefined)
      this.trouble = `none: ${checkpoints.trouble}`;
  }

  /** Whether there are to be any. Files that go with this thread are of no use to anyone. */
  get isKept(): boolean {
    return this.#context.saveMs !== Infinity && this.#context.checkpoints.trouble === undefined;
  }

  /** Whether it is time for the next one. */
  get isDue(): boolean {
    return this.isKept && this.#pace.isDue;
  }

  /** Whether a checkpoint of this step would be newer than all there are. */
  isNews(step: number): boolean {
    return this.isKept && step > this.#saved;
  }

  /**
   * Writes one.
   * @returns whether it is there: a storage that refuses costs the checkpoint and not the run, see `trouble`
   * @throws whatever reading the state from the device throws
   */
  async save({ step, evaluation }: Standing<M>): Promise<boolean> {
    const { checkpoints, clock } = this.#context;
    const beganAt = performance.now();
    const [name, other] = this.#names;
    const tensors = await trainingArrays(this.#state);
    const values = Object.entries(evaluation).map(([metric, value]) => [metric, String(value)]);
    const metadata = {
      ...this.#about,
      step: String(step),
      clock: JSON.stringify(clock()),
      evaluation: JSON.stringify(values), // as texts: JSON has no NaN
    };
    const checksum = checksumOf({ tensors, metadata });
    try {
      await checkpoints.write(name, encodeSafetensors({ tensors, metadata: { ...metadata, checksum } }));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.trouble = this.#saved > 0 ? `none after step ${this.#saved}: ${reason}` : `none: ${reason}`;
      return false;
    } finally {
      this.#pace.saved(beganAt);
    }
    this.trouble = undefined;
    this.#names = [other, name];
    this.#saved = step;
    return true;
  }

  /**
   * Puts the state where the newest file of at most `upTo` steps has it.
   * @returns where the training stands then; null, with the state as it was, where no file will do
   */
  async resume(upTo: number): Promise<LeftTraining<M> | null> {
    const files = (await Promise.all(this.#names.map((name) => this.#find(name)))).flatMap((found) =>
      found && found.step <= upTo ? [found] : [],
    );
    if (files.length === 0) return null;
    const atFirst = await trainingArrays(this.#state);
    for (const { name, step, clock, evaluation, tensors } of files.sort((a, b) => b.step - a.step)) {
      try {
        restoreTraining(this.#state, tensors);
        const [first, second] = this.#names;
        this.#names = [name === first ? second : first, name];
        this.#saved = step;
        this.#pace.restart();
        return { step, evaluation, ...clock };
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
      }
    }
    restoreTraining(this.#state, atFirst);
    return null;
  }

  /** Removes the files, when the run is done. */
  async remove(): Promise<void> {
    const { checkpoints } = this.#context;
    // What cannot be removed goes with the run's record.
    for (const name of this.#names) await checkpoints.remove(name).catch(() => undefined);
  }

  /** What a file holds; null where there is none that will do. */
  async #find(name: string): Promise<Found<M> | null> {
    try {
      const bytes = await this.#context.checkpoints.read(name);
      if (!bytes) return null;
      const file = decodeSafetensors(bytes);
      const { checksum, ...metadata } = file.metadata;
      const { tensors } = file;
      const step = Number(metadata['step']);
      if (!isAbout(file, this.#about) || checksum !== checksumOf({ tensors, metadata })) return null;
      if (!Number.isSafeInteger(step)) return null;
      const clock = JSON.parse(metadata['clock'] ?? '') as RunClock;
      const values = JSON.parse(metadata['evaluation'] ?? '') as [string, string][];
      const evaluation = Object.fromEntries(values.map(([metric, value]) => [metric, Number(value)]));
      return { name, step, clock, evaluation: evaluation as Standing<M>['evaluation'], tensors };
    } catch {
      return null; // unreadable, whatever the reason: the training begins anew
    }
  }
}
