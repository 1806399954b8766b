/** What reached the devices of this page or process. */
export interface Traffic {
  dispatches: number;
  submits: number;
  buffersMade: number;
}

/** What the contest asks of whoever counts. */
export interface Counters {
  /** Buffers made from now on are this one's. */
  chargeTo(owner: string): void;
  /** Bytes of the buffers that are this one's and have not been destroyed. */
  bytesOf(owner: string): number;
  /** What `run` sends to any device. */
  during(run: () => void | Promise<void>): Promise<Traffic>;
}

interface Method {
  prototype: object;
  name: string;
}

/** Calls `observe` after every call of a method; gives the way to stop. */
function watch({ prototype, name }: Method, observe: (self: unknown, result: unknown) => void): () => void {
  const original = Reflect.get(prototype, name) as (...args: unknown[]) => unknown;
  Reflect.set(prototype, name, function (this: unknown, ...args: unknown[]) {
    const result = original.apply(this, args);
    observe(this, result);
    return result;
  });
  return () => Reflect.set(prototype, name, original);
}

/**
 * Counts what reaches WebGPU, whoever sends it. Bytes are counted from the start; dispatches and submits only while
 * somebody asks, so that timed steps run unobserved.
 */
export class DeviceCounters implements Counters {
  private readonly owners = new WeakMap<object, string>();
  private readonly bytes = new Map<string, number>();
  private owner = '';
  private buffersMade = 0;

  constructor() {
    watch({ prototype: GPUDevice.prototype, name: 'createBuffer' }, (_, buffer) => {
      const { size } = buffer as GPUBuffer;
      this.buffersMade++;
      this.owners.set(buffer as GPUBuffer, this.owner);
      this.bytes.set(this.owner, this.bytesOf(this.owner) + size);
    });
    watch({ prototype: GPUBuffer.prototype, name: 'destroy' }, (self) => {
      const buffer = self as GPUBuffer;
      const owner = this.owners.get(buffer);
      if (owner === undefined || !this.owners.delete(buffer)) return; // destroyed twice, or older than this
      this.bytes.set(owner, this.bytesOf(owner) - buffer.size);
    });
  }

  chargeTo(owner: string): void {
    this.owner = owner;
  }

  bytesOf(owner: string): number {
    return this.bytes.get(owner) ?? 0;
  }

  async during(run: () => void | Promise<void>): Promise<Traffic> {
    const before = this.buffersMade;
    let [dispatches, submits] = [0, 0];
    const stops = [
      watch({ prototype: GPUComputePassEncoder.prototype, name: 'dispatchWorkgroups' }, () => dispatches++),
      watch({ prototype: GPUQueue.prototype, name: 'submit' }, () => submits++),
    ];
    try {
      await run();
    } finally {
      for (const stop of stops) stop();
    }
    return { dispatches, submits, buffersMade: this.buffersMade - before };
  }
}
