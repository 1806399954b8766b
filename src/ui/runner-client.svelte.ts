import { transfer, wrap, type Remote } from 'comlink';
import type { DeviceInfo } from '../engine/device-info';
import type { Batch, Fault, Runner, RunOutcome, RunRequest } from '../run/protocol';

export type Outcome = RunOutcome & { device: DeviceInfo | null };

/** A worker that was asked to stop and does not answer is ended by force after this long. */
const GRACE_MS = 3000;
/** Batches still on their way when the outcome arrives are waited for this long. */
const DRAIN_MS = 5000;

const after = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

const newWorker = (): Worker =>
  new Worker(new URL('../../workers/runner.ts', import.meta.url), { type: 'module' });

/**
 * One worker with one Comlink proxy, held for the worker's life: a collected proxy would lose calls in flight. Every
 * call races against the worker's death, because Comlink's own promise stays pending then.
 */
export class RunnerClient {
  readonly #worker: Worker;
  readonly #remote: Remote<Runner>;
  readonly #death: Promise<Outcome>;
  #die: (outcome: Outcome) => void = () => undefined;

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

  /** Says what a worker of this browser computes on, in a worker of its own that is gone afterwards. */
  static async probe(): Promise<DeviceInfo> {
    const client = new RunnerClient();
    try {
      const answer = await Promise.race([client.#remote.probe(), client.#death]);
      if ('backend' in answer) return answer;
      throw new Error(answer.status === 'failed' ? answer.fault.message : 'The worker ended early.');
    } finally {
      client.close();
    }
  }

  /** Runs to the end; failed and ended workers are outcomes too. A gap in the batches fails the run. */
  async start(request: RunRequest, onBatch: (batch: Batch) => void): Promise<Outcome> {
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
      onBatch(batch);
      wake();
    };
    // The one place where reactive state could leave the page: a proxy would not survive the copy.
    const plain: RunRequest = $state.snapshot(request);
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
      ours.close();
    }
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
  stop(): void {
    this.#send(this.#remote.stop());
    setTimeout(() => this.close(), GRACE_MS);
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
