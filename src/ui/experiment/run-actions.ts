import type { LabRun } from '../lab-run.svelte';

/** What the table of runs lets its reader do with one of them. */
export interface RunActions {
  end: (run: LabRun) => void;
  resume: (run: LabRun) => void;
  startAnew: (run: LabRun) => void;
  remove: (run: LabRun) => void;
  /** Keeps the name, the comment and the guard that the reader gave it. */
  saveRemarks: (run: LabRun) => void;
}
