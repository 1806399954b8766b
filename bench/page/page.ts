import '../gradients'; // before any kernel of ours
import type { Job } from '../job';
import { replyTo, type JobReply } from '../job-reply';

declare global {
  interface Window {
    /** Given by the script that drives this page. */
    reportProgress(phrase: string): Promise<void>;
    /** Called by it. */
    replyTo?: (job: Job) => Promise<JobReply>;
  }
}

window.replyTo = (job) => replyTo(job, (phrase) => void window.reportProgress(phrase));
