import type { DeviceInfo } from '../engine/device-info';
import type { RunnerPool } from './runner-pool';

/** What this browser computes on, asked once of a worker that then waits for the first run. */
export class DeviceProbe {
  device = $state.raw<DeviceInfo | null>(null);
  /** Why nothing can be computed here at all. */
  trouble = $state.raw<string | null>(null);
  readonly #runners: Pick<RunnerPool, 'probe'>;
  #asked: Promise<void> | null = null;

  constructor(runners: Pick<RunnerPool, 'probe'>) {
    this.#runners = runners;
  }

  /** Asks; later calls wait for the first one's answer. */
  ask(): Promise<void> {
    this.#asked ??= this.#answer();
    return this.#asked;
  }

  async #answer(): Promise<void> {
    try {
      this.device = await this.#runners.probe();
    } catch (error) {
      this.trouble = error instanceof Error ? error.message : String(error);
    }
  }
}
