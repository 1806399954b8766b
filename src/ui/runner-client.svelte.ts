import { transfer, wrap, type Remote } from 'comlink';
import type { DeviceInfo } from '../engine/device-info';
import type { Batch, Fault, Runner, RunOutcome, RunRequest } from '../run/protocol';
import { NO_ANSWER } from './fault-words';

export type Outcome = RunOutcome & { device: DeviceInfo | null };

/** A worker that was asked to stop and does not come to that is ended by force after this long: it may have a checkpoint to write. */
const GRACE_MS = 8000;
/** Between two questions whether a silent worker is still there. */
const ASK_EVERY_MS = 5000;
/** Longest that a worker without work takes to answer. */
const ANSWER_MS = 2000;
/** Batches still on their way when the outcome arrives are waited for this long. */
const DRAIN_MS = 5000;

/** What to make of a worker that is silent. */
interface Patience {
  /** It is taken for dead after this long, as things are known by then. */
  patienceMs?: () => number;
  /** Told every few seconds for how long nothing was heard from it; 0 where all is well. */
  onSilence?: (ms: number) => void;
}

const after = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

const newWorker = (): Worker =>
  new Worker(new URL('../../workers/runner.ts', import.meta.url), { type: 'module' });

/**
 * One worker with one Comlink proxy, held for the worker's life: a collected proxy would lose calls in flight. It trains
 * one run after another. Every call races against the worker's death, because Comlink's own promise stays pending then.
 */
export class RunnerClient {
  readonly #worker: Worker;
  readonly #remote: Remote<Runner>;
  readonly #death: Promise<Outcome>;
  #die: (outcome: Outcome) => void = () => undefined;
  /** Goes up with every sign of life. */
  #signs = 0;
  /** Ends the worker where it does not stop. */
  #force: ReturnType<typeof setTimeout> | undefined;

  constructor(worker: Worker = newWorker()) {
    this.#worker = worker;
    this.#remote = wrap<Runner>(worker);
    this.#death = new Promise((resolve) => (this.#die = resolve));
    worker.addEventListener('error', (event: ErrorEvent) => {
      event.preventDefault();
      const message =
        event.message || 'The worker’s script could not be loaded, or stopped without giving a reason.';
      this.#fail({ name: 'WorkerError', message });
    });
    worker.addEventListener('messageerror', () =>
      this.#fail({ name: 'WorkerError', message: 'A message from the worker could not be read.' }),
    );
  }

  /**
   * Says what this worker computes on.
   * @throws Error where it ends before it has said so.
   */
  async probe(): Promise<DeviceInfo> {
    const answer = await Promise.race([this.#remote.probe(), this.#death]);
    if ('backend' in answer) return answer;
    throw new Error(answer.status === 'failed' ? answer.fault.message : 'The worker ended early.');
  }

  /** Whether it is there and has time to answer. */
  async answers(): Promise<boolean> {
    // No step of no run changes nothing.
    const answer = this.#remote.step(0).then(
      () => true,
      () => false,
    );
    return Promise.race([answer, this.#death.then(() => false), after(ANSWER_MS).then(() => false)]);
  }

  /**
   * Runs to the end; failed and ended workers are outcomes too. A gap in the batches fails the run, and so does a worker
   * that gives no sign of life for longer than `patienceMs`: no browser says that it has ended a worker.
   */
  async start(
    request: RunRequest,
    onBatch: (batch: Batch) => void,
    { patienceMs = () => 300_000, onSilence = () => undefined }: Patience = {},
  ): Promise<Outcome> {
    const { port1: ours, port2: theirs } = new MessageChannel();
    let expected = 0;
    let wake: () => void = () => undefined;
    const allArrived = async (count: number) => {
      while (expected < count) await new Promise<void>((arrived) => (wake = arrived));
    };
    ours.onmessage = ({ data: batch }: MessageEvent<Batch>) => {
      if (batch.runId !== request.runId) return;
      if (batch.seq !== expected) {
        const message = `Report ${batch.seq} arrived where ${expected} was due, so the curves would be incomplete.`;
        this.#fail({ name: 'LostBatch', message });
        return;
      }
      expected++;
      this.#signs++;
      onBatch(batch);
      wake();
    };
    // The one place where reactive state could leave the page: a proxy would not survive the copy.
    const plain: RunRequest = $state.snapshot(request);
    const watch = this.#watch(patienceMs, onSilence);
    try {
      const call = this.#remote.start(plain, transfer(theirs, [theirs]));
      const outcome = await Promise.race([call, this.#death]);
      if ('batches' in outcome) {
        const { batches, ...plainOutcome } = outcome;
        const died = await Promise.race([allArrived(batches), this.#death, after(DRAIN_MS)]);
        if (died) return died;
        if (expected === batches) return plainOutcome;
        const message = `Of ${batches} reports only ${expected} arrived, so the curves are incomplete.`;
        return { status: 'failed', fault: { name: 'LostBatch', message }, device: outcome.device };
      }
      return outcome;
    } catch (error) {
      // `start` resolves for failed runs, so this is the bridge itself: say so as an outcome like any other.
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      return { status: 'failed', fault: { name, message }, device: null };
    } finally {
      clearInterval(watch);
      clearTimeout(this.#force);
      ours.close();
    }
  }

  /**
   * Fails the run when the worker has been silent for too long: each time that nothing was heard, it is asked to take no
   * step, which changes nothing. Counted in questions, not by the clock, which goes on while the machine sleeps.
   */
  #watch(patienceMs: () => number, onSilence: (ms: number) => void): ReturnType<typeof setInterval> {
    let heard = 0;
    let unanswered = 0;
    return setInterval(() => {
      unanswered = this.#signs === heard ? unanswered + 1 : 0;
      heard = this.#signs;
      const silentMs = unanswered * ASK_EVERY_MS;
      onSilence(silentMs);
      if (silentMs > patienceMs())
        this.#fail({
          name: NO_ANSWER,
          message: `The worker that trained this run gave no sign of life for ${silentMs / 1000} seconds, so it was ended.`,
        });
      else if (unanswered === 1)
        this.#remote.step(0).then(
          () => this.#signs++,
          () => undefined, // refused or gone: the count goes on
        );
    }, ASK_EVERY_MS);
  }

  pause(): void {
    this.#send(this.#remote.pause());
  }

  resume(): void {
    this.#send(this.#remote.resume());
  }

  step(n: number): void {
    this.#send(this.#remote.step(n));
  }

  /** Ends the run after its step in progress, or by force when the worker does not come to that. */
  stop(graceMs = GRACE_MS): void {
    this.#send(this.#remote.stop());
    clearTimeout(this.#force);
    this.#force = setTimeout(() => this.close(), graceMs);
  }

  /** Ends the worker at once, which frees its GPU memory. Safe to call again. */
  close(): void {
    this.#worker.terminate();
    this.#die({ status: 'stopped', device: null });
  }

  #fail(fault: Fault): void {
    this.#worker.terminate();
    this.#die({ status: 'failed', fault, device: null });
  }

  /** Commands have no answer worth waiting for; one that the worker refuses ends the run with the reason. */
  #send(command: Promise<void>): void {
    command.catch((error: unknown) => {
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      this.#fail({ name, message });
    });
  }
}
