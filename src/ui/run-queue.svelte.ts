import type { DeviceInfo } from '../engine/device-info';
import type { Batch } from '../run/protocol';
import { cards } from '../experiments/cards';
import { isDeviceLoss } from './fault-words';
import { LabRun } from './lab-run.svelte';
import { runTitle } from './variant-name';
import type { PlannedRun } from '../run/plan';
import type { RecordKeeper } from './record-keeper.svelte';
import { HELD, whileClaimed } from './run-claims';
import type { Outcome, RunnerClient } from './runner-client.svelte';
import type { RunnerPool } from './runner-pool';
import { queueMsLeft } from './time-left';

/** What the queue asks of its surroundings. */
interface Surroundings {
  keeper: RecordKeeper;
  runners: RunnerPool;
  /** How many runs may train at once. */
  atOnce(): number;
  /** What this browser computes on, once that is known. */
  device(): DeviceInfo | null;
  /** Says a change of state to those who do not see it. */
  announce(text: string): void;
}

/** Where the work is the graphics card's, a worker answers at once; where it is its own, it may be busy for minutes. */
const PATIENCE_MS = { webgpu: 30_000, otherwise: 300_000 };
/** A graphics device that was lost needs a moment before there is another. */
const RECOVERY_MS = 1000;
const RECOVERY_ATTEMPTS = 4;

/** Every run on the page, and the few of them that train: starts, holds, steps and ends their workers. */
export class RunQueue {
  runs = $state.raw<readonly LabRun[]>([]);
  /** Held by the user: nothing starts, and what trains waits at a step boundary. */
  held = $state(false);
  /** Goes up once per frame in which any series has grown. */
  revision = $state.raw(0);
  /** Runs that were removed a moment ago, which can be taken back. */
  removed = $state.raw<readonly LabRun[]>([]);
  /** The same; what is asked while the page changes would still find those of before in reactive state. */
  #removed: readonly LabRun[] = [];

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

  /** Shows runs of earlier visits, and takes in what has become of those that another tab trained. */
  show(runs: readonly LabRun[]): void {
    const fresh = runs.filter(({ id }) => !this.runs.some((run) => run.id === id && !run.elsewhere));
    const others = this.runs.filter(({ id }) => !fresh.some((run) => run.id === id));
    this.runs = [...fresh, ...others].sort((a, b) => a.createdAt - b.createdAt);
    this.#touch();
  }

  /** The run that goes on from its checkpoint when this is to be trained; none where it begins anew. */
  unfinished(plan: PlannedRun): LabRun | undefined {
    return this.runs.findLast((run) => run.resumable && repeats(run, { ...plan, build: __BUILD__ }));
  }

  /**
   * Queues what is planned. One that ended early goes on from its checkpoint, as the run that it is; another takes the
   * place of those that ended early and which it repeats, unless the reader keeps them.
   */
  add(plans: readonly PlannedRun[], { held, steps = 0 }: { held: boolean; steps?: number }): void {
    void this.#around.keeper.askToStay();
    const going = plans.flatMap((plan) => this.unfinished(plan) ?? []);
    const fresh = plans.filter((plan) => !this.unfinished(plan)).map((plan) => this.#make(plan));
    const replaced = this.runs.filter(
      (run) => run.endedEarly && !run.kept && fresh.some((next) => repeats(next, run)),
    );
    void this.#around.keeper.forget(replaced);
    for (const run of going) run.requeue();
    for (const run of [...going, ...fresh]) run.owedSteps = steps;
    this.runs = [...this.runs.filter((run) => !replaced.includes(run)), ...fresh];
    if (held) this.held = true;
    else this.resume();
    this.pump();
  }

  /** Lets a run that ended early go on from its checkpoint, as soon as there is room for it. */
  goOn(run: LabRun): void {
    if (!run.resumable) return;
    run.requeue();
    if (this.active.length === 0) this.held = false;
    this.pump();
  }

  /** Trains what a run trained from its first step, in a run of its own. The old one goes, which can be taken back. */
  startAnew(run: LabRun): void {
    if (!run.endedEarly) return;
    this.runs = [...this.runs, this.#make(run)];
    if (!run.kept) this.remove([run]);
    if (this.active.length === 0) this.held = false;
    this.pump();
  }

  #make(plan: PlannedRun): LabRun {
    const createdAt = Date.now();
    // Sorts as the runs were made, which is how storage lists them.
    const id = `${createdAt.toString(36)}-${String(this.#made++).padStart(5, '0')}-${randomHex()}`;
    return new LabRun(plan, { id, build: __BUILD__, createdAt });
  }

  /** Starts as many waiting runs as there is room for. */
  pump(): void {
    for (const run of this.queued) {
      if (run.recovering || (this.held && run.owedSteps === 0)) continue;
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

  /** Ends what trains and forgets what waits to begin; finished runs stay, and those that wait to go on. */
  stop(): void {
    for (const run of [...this.queued, ...this.active]) this.stopRun(run);
  }

  stopRun(run: LabRun): void {
    if (run.status === 'queued') {
      if (!run.withdraw()) this.runs = this.runs.filter((other) => other !== run);
      else void this.#around.keeper.save(run);
    }
    run.stopping = run.active;
    run.client?.stop();
    if (!this.busy) this.held = false;
  }

  /** Takes runs off the page and out of storage, ending those under way. Until `settle` they can be taken back. */
  remove(runs: readonly LabRun[]): void {
    this.settle();
    this.runs = this.runs.filter((run) => !runs.includes(run));
    for (const run of runs) {
      if (run.status === 'queued') run.withdraw();
      run.client?.close();
    }
    this.#offer(runs.filter(({ status }) => status !== 'queued'));
    void this.#around.keeper.forgetRecords(runs);
    if (!this.busy) this.held = false;
    this.#touch();
  }

  /** Removes runs for good, those of other experiments too. */
  async forget(ids: readonly string[]): Promise<void> {
    this.runs = this.runs.filter((run) => !ids.includes(run.id) || run.active);
    await this.#around.keeper.forgetIds(ids);
    this.#touch();
  }

  /** Takes back the last removal. */
  undoRemoval(): void {
    const runs = this.#offer([]);
    this.show(runs);
    for (const run of runs) if (run.origin !== 'recorded') void this.#around.keeper.save(run);
    this.#around.announce(runs.length === 1 && runs[0] ? `${nameOf(runs[0])} is back` : 'The runs are back');
  }

  /** Makes the last removal final: models and checkpoints go as well. */
  settle(): void {
    void this.#around.keeper.forgetFiles(this.#offer([]));
  }

  /** Changes what can be taken back, and gives what could be before. */
  #offer(runs: readonly LabRun[]): readonly LabRun[] {
    const before = this.#removed;
    this.removed = this.#removed = runs;
    return before;
  }

  async #launch(run: LabRun): Promise<void> {
    run.begin();
    this.#around.announce(
      `${nameOf(run)} ${run.step > 0 ? `goes on from step ${run.checkpoint ?? 0}` : 'starts'}`,
    );
    // The last save belongs to the claim: who takes the run over reads it.
    const outcome = await whileClaimed(run.id, async () => {
      const trained = await this.#train(run);
      if (trained instanceof LabRun) this.#adopt(trained);
      else if (!this.runs.includes(run) || !run.recovers(trained)) await this.#end(run, trained);
    });
    if (outcome === HELD) this.#leave(run);
    else if (run.recovering) await this.#recover(run);
    this.#touch();
    if (!this.busy) this.held = false;
    this.pump();
  }

  async #end(run: LabRun, outcome: Outcome): Promise<void> {
    run.finish(outcome);
    this.#touch();
    if (!this.runs.includes(run)) return;
    this.#around.announce(`${nameOf(run)}: ${run.fault?.message ?? run.status}`);
    await this.#around.keeper.save(run);
  }

  /** Another tab trains it already. */
  #leave(run: LabRun): void {
    run.status = 'stopped';
    run.elsewhere = true;
    this.#around.announce(`${nameOf(run)} is being trained in another tab`);
    void this.#around.keeper.follow(run.id, (runs) => this.show(runs));
  }

  /** Another tab has gone on with it since this page read its record. */
  #adopt(newer: LabRun): void {
    this.runs = this.runs.map((run) => (run.id === newer.id ? newer : run));
    this.#around.announce(`${nameOf(newer)} has gone on in another tab; what it has done there is shown now`);
  }

  /** It failed by something that may pass: it is saved, in case that this page goes too, and queued once there is a device. */
  async #recover(run: LabRun): Promise<void> {
    const from = run.checkpoint === undefined ? 'from its first step' : `from step ${run.checkpoint}`;
    this.#around.announce(`${nameOf(run)} was interrupted at step ${run.step} and goes on ${from}`);
    void this.#around.keeper.save(run);
    const isBack = !run.fault || !isDeviceLoss(run.fault) || (await this.#deviceIsBack());
    run.recovering = false;
    if (!isBack && run.status === 'queued') run.withdraw();
  }

  /** Waits for the kind of device that this browser had: a run that goes on elsewhere would not give the same numbers. */
  async #deviceIsBack(): Promise<boolean> {
    const usual = this.#around.device()?.backend;
    for (let attempt = 1; attempt <= RECOVERY_ATTEMPTS; attempt++) {
      await new Promise((done) => setTimeout(done, attempt * RECOVERY_MS));
      const device = await this.#around.runners.probe().catch(() => null);
      if (device && (usual === undefined || device.backend === usual)) return true;
    }
    return false;
  }

  async #train(run: LabRun): Promise<Outcome | LabRun> {
    if (run.checkpoint !== undefined) {
      const stored = await this.#around.keeper.stored(run.id);
      if (stored && stored.recordedAt > run.recordedAt) return stored;
    }
    // Stopped or removed while the claim was being made, or the worker.
    const isOff = () => run.stopping || !this.runs.includes(run);
    if (isOff()) return { status: 'stopped', device: null };
    try {
      const client = await this.#around.runners.take();
      run.client = client;
      const outcome: Outcome = isOff()
        ? { status: 'stopped', device: null }
        : await this.#trainWith(client, run);
      this.#around.runners.giveBack(client, outcome);
      return outcome;
    } catch (error) {
      run.client?.close();
      // No worker at all, for example where the page's policy forbids them: the run fails with that reason.
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      return { status: 'failed', fault: { name, message }, device: null };
    } finally {
      run.client = null;
    }
  }

  async #trainWith(client: RunnerClient, run: LabRun): Promise<Outcome> {
    void this.#around.keeper.save(run);
    const { id, experiment, seed, spec, checkpoint } = run;
    const request = {
      ...{ runId: id, experiment, seed, spec, paused: this.held },
      ...(checkpoint !== undefined && { resume: { step: checkpoint } }),
    };
    return client.start(request, (batch) => this.#absorb(run, batch), {
      patienceMs: () =>
        this.#around.device()?.backend === 'webgpu' ? PATIENCE_MS.webgpu : PATIENCE_MS.otherwise,
      onSilence: (ms) => (run.silentMs = ms),
    });
  }

  #absorb(run: LabRun, batch: Batch): void {
    run.absorb(batch);
    if (run.status === 'paused') this.#halt(run);
    // A checkpoint is worth no more than the record that knows of it, and has all reports up to it.
    if (batch.checkpoint !== undefined) void this.#around.keeper.save(run);
    else void this.#around.keeper.saveNowAndThen(run);
    this.#touch();
  }

  /** A run has come to a halt: note it, save it, and give it the steps it is owed. */
  #halt(run: LabRun): void {
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
