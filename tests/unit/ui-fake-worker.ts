import { expose } from 'comlink';
import type { DeviceInfo } from '../../src/engine/device-info';
import type { Batch, Runner, RunOutcome, RunRequest } from '../../src/run/protocol';

/** A worker without a thread: the other end of a channel, moved by the test instead of by training. */
export class FakeWorker extends EventTarget {
  /** Every worker made since the last reset, in order. */
  static made: FakeWorker[] = [];
  /** What workers compute on. */
  static device: DeviceInfo = { backend: 'wasm', adapter: 'test', software: true };

  readonly commands: string[] = [];
  request: RunRequest | null = null;
  terminated = false;
  /** Does not answer a stop. */
  deaf = false;

  readonly #channel = new MessageChannel();
  #events: MessagePort | null = null;
  #finish: (outcome: RunOutcome) => void = () => undefined;
  #seq = 0;
  /** Batches that will be reported only after the outcome. */
  onTheirWay = 0;

  constructor() {
    super();
    FakeWorker.made.push(this);
    this.#channel.port1.onmessage = ({ data }: MessageEvent<unknown>) =>
      this.dispatchEvent(new MessageEvent('message', { data }));
    const note = (command: string) => {
      this.commands.push(command);
    };
    const runner: Runner = {
      probe: () => Promise.resolve(FakeWorker.device),
      start: async (request, events) => {
        this.request = request;
        this.#events = events;
        this.#seq = 0;
        const outcome = await new Promise<RunOutcome>((finish) => (this.#finish = finish));
        return {
          ...outcome,
          device: FakeWorker.device,
          batches: this.#seq + this.onTheirWay,
        };
      },
      pause: () => note('pause'),
      resume: () => note('resume'),
      step: (n) => note(`step ${n}`),
      stop: () => {
        note('stop');
        if (!this.deaf) this.#finish({ status: 'stopped' });
      },
    };
    expose(runner, this.#channel.port2);
  }

  postMessage(message: unknown, transfer: Transferable[]): void {
    if (!this.terminated) this.#channel.port1.postMessage(message, transfer);
  }

  /** Ends as a worker does that the browser kills: nobody is told. */
  vanish(): void {
    this.#channel.port2.close();
    this.#events?.close();
  }

  terminate(): void {
    this.terminated = true;
    this.#channel.port1.close();
    this.#events?.close();
  }

  /** Reports training up to `step`. */
  report(step: number, more: Partial<Batch> = {}): void {
    const batch: Batch = {
      runId: this.request?.runId ?? '',
      seq: this.#seq++,
      step,
      trainMs: step * 10,
      phases: {},
      paused: false,
      phase: { kind: 'phase', phase: 'training' },
      scalars: [
        {
          metric: 'loss',
          step: Float64Array.of(step),
          trainMs: Float64Array.of(step * 10),
          value: Float64Array.of(1),
        },
      ],
      ...more,
    };
    this.#events?.postMessage(batch);
  }

  end(outcome: RunOutcome): void {
    this.#finish(outcome);
  }
}
