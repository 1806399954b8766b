import { DeviceError } from '../src/engine/device-error';
import { runJob, type Job, type JobResult } from './job';

/** What comes back from the page or process that did a job; errors lose their class on the way. */
export type JobReply = { result: JobResult } | { failure: string; isDeviceMissing: boolean };

/** Does a job and says how it went. */
export async function replyTo(job: Job, report: (phrase: string) => void): Promise<JobReply> {
  try {
    return { result: await runJob(job, report) };
  } catch (error) {
    return {
      failure: error instanceof Error ? error.message : String(error),
      isDeviceMissing: error instanceof DeviceError,
    };
  }
}
