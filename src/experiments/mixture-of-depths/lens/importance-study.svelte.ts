import { SvelteMap } from 'svelte/reactivity';
import type { AnswerProgress } from '../../../run/inspector';
import type { InspectorClient } from '../../../ui/inspector-client.svelte';
import type { LabRun } from '../../../ui/lab-run.svelte';
import type { Answer, Importance, Question } from '../questions';

/** Measurements of token importance, one at a time, kept by run until the page closes. */
export class ImportanceStudy {
  readonly #results = new SvelteMap<string, Importance>();
  readonly #troubles = new SvelteMap<string, string>();
  /** The run that is being measured. */
  #running = $state.raw<{ run: string; control: AbortController } | null>(null);
  progress = $state.raw<AnswerProgress | null>(null);
  readonly #inspector: InspectorClient<Question, Answer>;

  constructor(inspector: InspectorClient<Question, Answer>) {
    this.#inspector = inspector;
  }

  result = (run: LabRun): Importance | null => this.#results.get(run.id) ?? null;
  trouble = (run: LabRun): string => this.#troubles.get(run.id) ?? '';
  busy = (run: LabRun): boolean => this.#running?.run === run.id;

  /** Measures the newest stored model of a run on its first test images; what ran before is given up. */
  async measure(run: LabRun, images: number): Promise<void> {
    this.cancel();
    const control = new AbortController();
    this.#running = { run: run.id, control };
    this.#troubles.delete(run.id);
    const mine = (): boolean => this.#running?.control === control;
    const result = await this.#inspector.ask(
      run,
      { kind: 'importance', images },
      {
        signal: control.signal,
        onProgress: (progress) => {
          if (mine()) this.progress = progress;
        },
      },
    );
    if (result.status === 'answered') this.#results.set(run.id, result.answer);
    else if (result.status === 'failed') this.#troubles.set(run.id, result.fault.message);
    if (mine()) this.#end();
  }

  cancel(): void {
    this.#running?.control.abort();
    this.#end();
  }

  #end(): void {
    this.#running = null;
    this.progress = null;
  }
}
