import type { DeviceInfo } from '../engine/device-info';
import { RunnerClient, type Outcome } from './runner-client.svelte';

/** How long a worker without work waits for the next run. */
const IDLE_MS = 60_000;
/** Longest that a run waits for the worker that is just saying what it computes on. */
const PROBE_MS = 5000;

/**
 * Workers for runs. One that has brought a run to its end on WebGPU waits for the next, with its device and all that is
 * compiled for it, which is most of the time until a first step. One in which anything failed is ended, and so is one on
 * WebAssembly, whose memory never shrinks. A run finds nothing of the last one: tensors and settings are gone with it.
 */
export class RunnerPool {
  readonly #idle = new Map<RunnerClient, ReturnType<typeof setTimeout>>();
  /** Settled when no worker is being asked what it computes on: the one that was is free then. */
  #probed: Promise<unknown> = Promise.resolve();

  /** The worker that came back last, or else a new one. */
  async take(): Promise<RunnerClient> {
    await Promise.race([this.#probed, new Promise((done) => setTimeout(done, PROBE_MS))]);
    return this.#takeIdle();
  }

  async #takeIdle(): Promise<RunnerClient> {
    for (;;) {
      const client = [...this.#idle.keys()].at(-1);
      if (!client) return new RunnerClient();
      this.#remove(client);
      if (await client.answers()) return client;
      client.close(); // the browser has ended it without a word
    }
  }

  /** Takes a worker back after its run, or ends it. */
  giveBack(client: RunnerClient, { status, device }: Outcome): void {
    this.#keepOrEnd(client, status === 'failed' ? null : device);
  }

  /**
   * What a worker of this browser computes on.
   * @throws Error where there are no workers.
   */
  probe(): Promise<DeviceInfo> {
    const answer = this.#probe();
    this.#probed = answer.catch(() => undefined);
    return answer;
  }

  async #probe(): Promise<DeviceInfo> {
    const client = await this.#takeIdle();
    try {
      const device = await client.probe();
      this.#keepOrEnd(client, device);
      return device;
    } catch (error) {
      client.close();
      throw error;
    }
  }

  /** @param device on which all went well; null where nothing did */
  #keepOrEnd(client: RunnerClient, device: DeviceInfo | null): void {
    if (device?.backend !== 'webgpu') {
      client.close();
      return;
    }
    const end = () => {
      this.#remove(client);
      client.close();
    };
    this.#idle.set(client, setTimeout(end, IDLE_MS));
  }

  #remove(client: RunnerClient): void {
    clearTimeout(this.#idle.get(client));
    this.#idle.delete(client);
  }
}
