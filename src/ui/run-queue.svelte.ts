import type { Batch } from '../run/protocol';
import { cards } from '../experiments/cards';
import { LabRun } from './lab-run.svelte';
import { runTitle } from './variant-name';
import type { PlannedRun } from '../run/plan';
import { whileClaimed, type RecordKeeper } from './record-keeper.svelte';
import { RunnerClient, type Outcome } from './runner-client.svelte';
import { queueMsLeft } from './time-left';

/** What the queue asks of its surroundings. */
interface Surroundings {
  keeper: RecordKeeper;
  /** How many runs may train at once. */
  atOnce(): number;
  /** Says a change of state to those who do not see it. */
  announce(text: string): void;
}

/** Every run on the page, and the few of them that train: starts, holds, steps and ends their workers. */
export class RunQueue {
  runs = $state.raw<readonly LabRun[]>([]);
  /** Held by the user: nothing starts, and what trains waits at a step boundary. */
  held = $state(false);
  /** Goes up once per frame in which any series has grown. */
  revision = $state.raw(0);

  readonly #around: Surroundings;
  #frame = 0;
  #made = 0;

  constructor(surroundings: Surroundings) {
    this.#around = surroundings;
  }

  get active(): readonly LabRun[] {
    return this.runs.filter((run) => run.active);
  }

  get queued(): readonly LabRun[] {
    return this.runs.filter((run) => run.status === 'queued');
  }

  /** Anything training or waiting to. */
  get busy(): boolean {
    return this.runs.some((run) => run.active || run.status === 'queued');
  }

  /** Milliseconds until nothing is left to do, or null where that is not known. */
  get msLeft(): number | null {
    const { active } = this;
    return queueMsLeft({
      activeMsLeft: active.map((run) => run.msLeft),
      wholeRunMs: active.map((run) => run.wholeMs),
      waiting: this.queued.length,
      atOnce: this.#around.atOnce(),
    });
  }

  /** Shows runs of earlier visits. */
  show(runs: readonly LabRun[]): void {
    const unknown = runs.filter(({ id }) => !this.runs.some((run) => run.id === id));
    this.runs = [...unknown, ...this.runs].sort((a, b) => a.createdAt - b.createdAt);
    this.#touch();
  }

  /** Queues runs; each takes the place of a stopped or failed one that it repeats. */
  add(plans: readonly PlannedRun[], { held, steps = 0 }: { held: boolean; steps?: number }): void {
    const createdAt = Date.now();
    const fresh = plans.map((plan) => {
      // Sorts as the runs were made, which is how storage lists them.
      const id = `${createdAt.toString(36)}-${String(this.#made++).padStart(5, '0')}-${randomHex()}`;
      const run = new LabRun(plan, { id, build: __BUILD__, createdAt });
      run.owedSteps = steps;
      return run;
    });
    const replaced = this.runs.filter(
      (run) =>
        (run.status === 'stopped' || run.status === 'failed') && fresh.some((next) => repeats(next, run)),
    );
    void this.#around.keeper.forget(replaced);
    this.runs = [...this.runs.filter((run) => !replaced.includes(run)), ...fresh];
    if (held) this.held = true;
    else this.resume();
    this.pump();
  }

  /** Starts as many waiting runs as there is room for. */
  pump(): void {
    for (const run of this.queued) {
      if (this.held && run.owedSteps === 0) continue;
      if (this.active.length >= this.#around.atOnce()) return;
      void this.#launch(run);
    }
  }

  pause(): void {
    this.held = true;
    for (const run of this.active) {
      run.pausing = true;
      run.client?.pause();
    }
  }

  resume(): void {
    this.held = false;
    for (const run of this.runs) {
      run.owedSteps = 0;
      run.pausing = false;
      if (run.status === 'paused' && run.step > 0) run.note('resumed');
      run.client?.resume();
    }
    this.pump();
  }

  /** Advances every held run. */
  step(n: number): void {
    for (const run of this.active) {
      if (run.status === 'paused') run.client?.step(n);
      else run.owedSteps += n;
    }
  }

  /** Ends what trains and forgets what waits; finished runs stay. */
  stop(): void {
    this.runs = this.runs.filter(({ status }) => status !== 'queued');
    for (const run of this.active) this.stopRun(run);
  }

  stopRun(run: LabRun): void {
    if (run.status === 'queued') this.remove([run]);
    run.stopping = run.active;
    run.client?.stop();
  }

  /** Takes runs off the page and out of storage, ending those under way. */
  remove(runs: readonly LabRun[]): void {
    this.runs = this.runs.filter((run) => !runs.includes(run));
    for (const run of runs) run.client?.close();
    void this.#around.keeper.forget(runs);
    this.#touch();
  }

  async #launch(run: LabRun): Promise<void> {
    run.status = 'loading';
    this.#around.announce(`${nameOf(run)} starts`);
    const outcome = await whileClaimed(run.id, () => this.#train(run));
    run.finish(outcome);
    this.#touch();
    if (this.runs.includes(run)) {
      this.#around.announce(`${nameOf(run)}: ${run.fault?.message ?? run.status}`);
      void this.#around.keeper.save(run);
    }
    if (!this.busy) this.held = false;
    this.pump();
  }

  async #train(run: LabRun): Promise<Outcome> {
    // Stopped or removed while the claim was being made.
    if (run.stopping || !this.runs.includes(run)) return { status: 'stopped', device: null };
    try {
      const client = new RunnerClient();
      run.client = client;
      void this.#around.keeper.save(run);
      const { id, experiment, seed, spec } = run;
      const request = { runId: id, experiment, seed, spec, paused: this.held };
      return await client.start(request, (batch) => this.#absorb(run, batch));
    } catch (error) {
      // No worker at all, for example where the page's policy forbids them: the run fails with that reason.
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      return { status: 'failed', fault: { name, message }, device: null };
    } finally {
      run.client?.close();
      run.client = null;
    }
  }

  #absorb(run: LabRun, batch: Batch): void {
    run.absorb(batch);
    if (run.status === 'paused') this.#settle(run);
    void this.#around.keeper.saveNowAndThen(run);
    this.#touch();
  }

  /** A run has come to a halt: note it, save it, and give it the steps it is owed. */
  #settle(run: LabRun): void {
    if (run.pausing && run.step > 0) {
      run.note('paused');
      this.#around.announce(`${nameOf(run)} paused at step ${run.step}`);
      void this.#around.keeper.save(run);
    }
    run.pausing = false;
    if (run.owedSteps > 0) run.client?.step(run.owedSteps);
    run.owedSteps = 0;
  }

  #touch(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.revision++;
    });
  }
}

/** Whether two runs compute the same. */
export const repeats = (
  a: Pick<LabRun, 'specDigest' | 'seed' | 'build'>,
  b: Pick<LabRun, 'specDigest' | 'seed' | 'build'>,
): boolean => a.specDigest === b.specDigest && a.seed === b.seed && a.build === b.build;

/** A run's name on the page. */
export function nameOf(run: Pick<LabRun, 'experiment' | 'variant' | 'seed'>): string {
  const card = cards.get(run.experiment);
  return card ? runTitle(card, run) : `${run.variant}, seed ${run.seed}`;
}

/** Not `randomUUID`, which is missing outside a secure context. */
const randomHex = (): string => {
  const [number = 0] = crypto.getRandomValues(new Uint32Array(1));
  return number.toString(16).padStart(8, '0');
};
