import type { RecordingFile } from '../experiments/recorded';
import type { RunRecord } from '../run/record';
import { LabRun } from './lab-run.svelte';
import { cutRecord, stepsOf } from './recorded-runs-cut';

/** How long a replay takes. */
const REPLAY_MS = 10_000;
/** Between two pictures of a replay: enough to look continuous. */
const FRAME_MS = 60;

/**
 * Runs that the page ships, and their replay: how far into their training they are shown. They are never stored, never go on
 * training, and stand beside the page's own runs only until those report.
 */
export class RecordedRuns {
  /** All that have come, of any experiment, as far as the replay is. */
  runs = $state.raw<readonly LabRun[]>([]);
  /** Share of the training that is shown; 1 is all of it. */
  share = $state(1);
  playing = $state(false);
  /** Why recorded runs have not come; null while nothing failed. */
  trouble = $state.raw<string | null>(null);

  #records: readonly RunRecord[] = [];
  /** Addresses of what has been asked for. */
  #asked: readonly string[] = [];

  /** Fetches what has not come yet. */
  async load(files: readonly RecordingFile[]): Promise<void> {
    const fresh = files.map(({ url }) => url).filter((url) => !this.#asked.includes(url));
    this.#asked = [...this.#asked, ...fresh];
    await Promise.all(fresh.map((url) => this.#loadOne(url)));
  }

  async #loadOne(url: string): Promise<void> {
    try {
      const { fetchRecorded } = await import('./recorded-runs-load');
      this.#records = [...this.#records, ...(await fetchRecorded(url))];
      this.trouble = null;
      this.#draw();
    } catch (error) {
      this.#asked = this.#asked.filter((asked) => asked !== url); // the next visit may be luckier
      this.trouble = error instanceof Error ? error.message : String(error);
    }
  }

  /** Shows the runs as they stood at a share of their training. */
  seek(share: number): void {
    this.share = Math.min(1, Math.max(0, share));
    this.#draw();
  }

  /** Plays on from here, or, at the end, from the beginning. */
  play(): void {
    if (this.playing) return;
    if (this.share >= 1) this.seek(0);
    this.playing = true;
    let [last, drawn, gap] = [performance.now(), -Infinity, FRAME_MS];
    let { share } = this;
    const frame = (now: number): void => {
      if (!this.playing) return;
      share += (now - last) / REPLAY_MS;
      // Where a picture takes long, as long a pause follows it, so that the page can be used meanwhile.
      if (last === drawn) gap = Math.max(FRAME_MS, 2 * (now - drawn));
      last = now;
      if (now - drawn >= gap || share >= 1) {
        drawn = now;
        this.seek(share);
      }
      if (this.share >= 1) this.playing = false;
      else requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }

  pause(): void {
    this.playing = false;
  }

  #draw(): void {
    const before = this.runs;
    this.runs = this.#records.map((record) => {
      const whole = this.share >= 1;
      const run = LabRun.fromRecord(whole ? record : cutRecord(record, this.share * stepsOf(record)));
      // Drawn as a run is that trains: its axis is as long as it will get.
      if (!whole) run.status = 'running';
      run.shown = before.find(({ id }) => id === run.id)?.shown ?? true;
      return run;
    });
  }
}
