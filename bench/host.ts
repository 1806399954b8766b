import type { Job } from './job';
import type { JobReply } from './job-reply';
import type { Where } from './results';

/** A browser or Node with WebGPU, ready for jobs. */
export interface Workplace {
  /** Versions of what the jobs run in, by name. */
  versions: Record<string, string>;
  /** Does a job in a fresh page or process, so that none inherits another's compiled shaders and pooled buffers. */
  run(job: Job, report: (phrase: string) => void): Promise<JobReply>;
  close(): Promise<void>;
}

export interface Progress {
  update(fraction: number | null, note: string): void;
  finish(result: string): void;
}

/** What the command takes from the script that started it: all that installs, starts or is not bundled. */
export interface Host {
  /** Rejects in plain words where there is no such place. */
  open(where: Where): Promise<Workplace>;
  progress(label: string): Progress;
  /** Versions of installed packages, by name. */
  packageVersions(names: readonly string[]): Record<string, string>;
  /** Whether the checkout has changes that no commit holds. */
  isUncommitted(): boolean;
}
