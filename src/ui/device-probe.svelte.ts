import type { DeviceInfo } from '../engine/device-info';
import { RunnerClient } from './runner-client.svelte';

/** What this browser computes on, asked once in a worker that is gone afterwards. */
export class DeviceProbe {
  device = $state.raw<DeviceInfo | null>(null);
  /** Why nothing can be computed here at all. */
  trouble = $state.raw<string | null>(null);
  #asked: Promise<void> | null = null;

  /** Asks; later calls wait for the first one's answer. */
  ask(): Promise<void> {
    this.#asked ??= this.#answer();
    return this.#asked;
  }

  async #answer(): Promise<void> {
    try {
      this.device = await RunnerClient.probe();
    } catch (error) {
      this.trouble = error instanceof Error ? error.message : String(error);
    }
  }
}
