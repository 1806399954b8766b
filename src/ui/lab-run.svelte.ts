import type { DeviceInfo } from '../engine/device-info';
import type { PhaseEvent, RunFacts } from '../run/events';
import type { PhaseTimes } from '../run/phase-clock';
import type { Batch, Fault } from '../run/protocol';
import { RECORD_SCHEMA, type Origin, type RunNote, type RunRecord, type RunStatus } from '../run/record';
import type { Spec } from '../spec/knob';
import type { PlannedRun } from '../run/plan';
import { RunSeries } from '../run/run-series';
import { RunSnapshots } from '../run/run-snapshots';
import { isPassing, isWorthResuming, PAGE_CLOSED } from './fault-words';
import { countText } from './quantity';
import type { Outcome, RunnerClient } from './runner-client.svelte';
import { TimeLeft } from './time-left';

/** What a reader adds to a run. */
export type Remarks = Pick<RunRecord, 'name' | 'comment' | 'kept'>;

const ACTIVE: readonly RunStatus[] = ['loading', 'compiling', 'running', 'paused'];
/** Longer than this between two reports is no pace: the machine slept, or the browser put the page to sleep. */
const SILENCE_MS = 60_000;

/** A worker that is asked and has not answered for so long is worth a word. */
const SILENT_MS = 10_000;

/** What is fixed of a run from its first moment. */
interface Made {
  id: string;
  build: string;
  createdAt: number;
  origin?: Origin;
}

/** One run as the page knows it: what it is, how far it is and what it has reported. */
export class LabRun {
  readonly id: string;
  readonly experiment: string;
  readonly variant: string;
  readonly seed: number;
  readonly spec: Spec;
  readonly specDigest: string;
  readonly build: string;
  readonly createdAt: number;
  readonly origin: Origin;
  readonly series = new RunSeries();
  /** For the experiment's lens; `snapshotRevision` says when to look again. */
  readonly snapshots = new RunSnapshots();
  /** Of its present worker: another one begins with compiling, which is no pace. */
  #pace = new TimeLeft();

  /** Its worker, while it has one. */
  client: RunnerClient | null = null;
  /** Steps asked of it before it was ready to take them. */
  owedSteps = 0;
  /** Asked to pause; noted once the worker confirms it. */
  pausing = false;
  /** When it was last saved, on the page's clock. */
  savedAt = -Infinity;
  /** `savedAt` of the record that this page wrote or read last: a later one in storage is another tab's. */
  recordedAt = 0;
  /** How it had ended before it was queued to go on; null for one that was never begun. */
  #ended: RunStatus | null = null;
  /** Its worker has not said yet from which step it goes on: until then all stands as it was. */
  #unsettled = false;
  /** Where it was when it last went on by itself after a failure. */
  #lostAt: number | null = null;
  #heardAt = -Infinity;

  status = $state<RunStatus>('queued');
  /** Goes up whenever `snapshots` has changed. */
  snapshotRevision = $state.raw(0);
  step = $state(0);
  trainMs = $state(0);
  /** Asked to stop, not stopped yet. */
  stopping = $state(false);
  /** Whether its curves are drawn. */
  shown = $state(true);
  phase = $state.raw<PhaseEvent | null>(null);
  facts = $state.raw<RunFacts | undefined>();
  phases = $state.raw<PhaseTimes | undefined>();
  device = $state.raw<DeviceInfo | undefined>();
  fault = $state.raw<Fault | undefined>();
  notes = $state.raw<readonly RunNote[]>([]);
  /** What the reader calls it, wrote about it, and whether it is guarded against being removed with others. */
  name = $state.raw<string | undefined>();
  comment = $state.raw<string | undefined>();
  kept = $state(false);
  /** Steps in the checkpoint that it can go on from. */
  checkpoint = $state.raw<number | undefined>();
  /** Another tab trains it; what is known of it here is as old as its record. */
  elsewhere = $state(false);
  /** After what, and at which step, it went on by itself, the last time that it did. */
  recovered = $state.raw<{ fault: Fault; step: number } | null>(null);
  /** For how long its worker has not answered; 0 while all is well. */
  silentMs = $state(0);
  /** Waits, to go on by itself, until there is a device for it. */
  recovering = $state(false);

  constructor(plan: PlannedRun, made: Made) {
    ({
      experiment: this.experiment,
      variant: this.variant,
      seed: this.seed,
      spec: this.spec,
      specDigest: this.specDigest,
    } = plan);
    ({ id: this.id, build: this.build, createdAt: this.createdAt } = made);
    this.origin = made.origin ?? 'here';
  }

  /** Has a worker. */
  get active(): boolean {
    return ACTIVE.includes(this.status);
  }

  /** Its worker has not answered when asked: that may be a long step, or its end. */
  get silent(): boolean {
    return this.active && this.silentMs >= SILENT_MS;
  }

  /** Milliseconds to go, or null where that is not known. */
  get msLeft(): number | null {
    return this.facts && this.active && !this.silent
      ? this.#pace.msLeft(this.step, this.facts.totalSteps)
      : null;
  }

  /** Milliseconds a whole run of this kind takes, or null where that is not known. */
  get wholeMs(): number | null {
    return this.facts ? this.#pace.msLeft(0, this.facts.totalSteps) : null;
  }

  /** Has ended before its last step, and can go on from a checkpoint to the numbers that it would have had. */
  get resumable(): boolean {
    return (
      this.endedEarly &&
      this.checkpoint !== undefined &&
      this.build === __BUILD__ &&
      (this.fault === undefined || isWorthResuming(this.fault))
    );
  }

  /** Stopped or failed, and of this browser: it can be trained anew. */
  get endedEarly(): boolean {
    return (
      (this.status === 'stopped' || this.status === 'failed') && this.origin === 'here' && !this.elsewhere
    );
  }

  /** Puts one that has ended early back in the queue, to go on from its checkpoint or, without one, from its first step. */
  requeue(): void {
    this.#ended = this.status;
    this.status = 'queued';
    this.#lostAt = null;
  }

  /** Takes it back out of the queue. False where it was never begun, so that nothing is left of it. */
  withdraw(): boolean {
    if (this.#ended) this.status = this.#ended;
    return this.#ended !== null;
  }

  /** Its turn has come: a worker is about to be made. */
  begin(): void {
    const isAgain = this.#ended !== null;
    this.#ended = null;
    this.status = 'loading';
    this.stopping = false;
    this.fault = undefined;
    this.phase = null;
    this.silentMs = 0;
    this.#pace = new TimeLeft();
    this.#unsettled = this.checkpoint !== undefined;
    if (isAgain && !this.#unsettled) this.#cut(-1, 0);
  }

  /**
   * Whether it goes on by itself after such an end; queued again then. Only what may pass by itself does, once it had
   * begun to work, and a second time only from a checkpoint beyond the place where it failed before: so it comes to an end.
   */
  recovers(outcome: Outcome): boolean {
    if (outcome.status !== 'failed' || !isPassing(outcome.fault) || this.stopping || !this.phase)
      return false;
    if (this.#lostAt !== null && (this.checkpoint ?? 0) <= this.#lostAt) return false;
    const lostAt = this.step;
    this.status = 'failed';
    this.fault = outcome.fault;
    if (outcome.device) this.device = outcome.device;
    this.requeue();
    this.#lostAt = lostAt;
    this.recovered = { fault: this.fault, step: lostAt };
    this.recovering = true;
    return true;
  }

  absorb(batch: Batch): void {
    if (!this.active) return;
    this.silentMs = 0;
    if (batch.resumed) {
      this.#cut(batch.resumed.step, batch.resumed.trainMs);
      if (batch.resumed.step >= 0) this.note('resumed');
    }
    this.phase = batch.phase;
    if (!this.#unsettled) {
      this.step = batch.step;
      this.trainMs = batch.trainMs;
      this.phases = batch.phases;
    }
    if (batch.checkpoint !== undefined) this.checkpoint = batch.checkpoint;
    if (batch.facts) this.facts = batch.facts;
    for (const columns of batch.scalars) this.series.append(columns);
    for (const snapshot of batch.snapshots ?? []) this.snapshots.add(snapshot);
    if (batch.snapshots) this.snapshotRevision++;
    const { phase } = batch.phase;
    if (batch.paused) this.status = 'paused';
    else this.status = phase === 'loading' || phase === 'compiling' ? phase : 'running';
    const now = performance.now();
    if (batch.paused || now - this.#heardAt > SILENCE_MS) this.#pace.hold();
    if (!batch.paused && this.step > 0) this.#pace.observe(this.step, now);
    this.#heardAt = now;
  }

  /** Forgets what lies beyond a step, because it is told again from there. −1 forgets everything. */
  #cut(step: number, trainMs: number): void {
    this.#unsettled = false;
    this.series.truncate(step);
    this.snapshots.truncate(step);
    this.snapshotRevision++;
    this.notes = this.notes.filter((note) => note.step <= step);
    this.step = Math.max(0, step);
    this.trainMs = trainMs;
    if (step < 0) this.phases = this.checkpoint = undefined;
  }

  finish(outcome: Outcome): void {
    this.status = outcome.status;
    this.stopping = false;
    if (outcome.device) this.device = outcome.device;
    if (outcome.status === 'failed') {
      const { fault } = outcome;
      this.fault = this.#lostAt === null || !isPassing(fault) ? fault : gaveUp(fault, this.#lostAt);
    }
    if (outcome.status === 'done')
      this.checkpoint = undefined; // its worker has removed it
    else this.note(outcome.status);
  }

  note(what: RunNote['what']): void {
    this.notes = [...this.notes, { step: this.step, what }];
  }

  toRecord(): RunRecord {
    const snapshots = this.snapshots.toRecords();
    const { id, experiment, variant, seed, spec, specDigest, build, createdAt, status, origin, notes } = this;
    return {
      schema: RECORD_SCHEMA,
      ...{ id, experiment, variant, seed, spec, specDigest, build, createdAt, status, origin, notes },
      ...this.remarks,
      ...(this.checkpoint !== undefined && { checkpoint: this.checkpoint }),
      ...(this.fault && { fault: this.fault }),
      ...(this.device && { device: this.device }),
      ...(this.facts && { facts: this.facts }),
      ...(this.phases && { phases: this.phases }),
      series: this.series.toRecords(),
      ...(snapshots.length > 0 && { snapshots }),
    };
  }

  /** What the reader added, as the record has it. */
  get remarks(): Remarks {
    return {
      ...(this.name !== undefined && { name: this.name }),
      ...(this.comment !== undefined && { comment: this.comment }),
      ...(this.kept && { kept: true }),
    };
  }

  /** A run as its record left it. One that was under way is taken as stopped when its page closed. */
  static fromRecord(record: RunRecord): LabRun {
    const run = new LabRun(record, record);
    for (const columns of record.series) {
      run.series.append(columns);
      const last = columns.step.length - 1;
      run.step = Math.max(run.step, columns.step[last] ?? 0);
      run.trainMs = Math.max(run.trainMs, columns.trainMs[last] ?? 0);
    }
    for (const snapshot of record.snapshots ?? []) run.snapshots.add(snapshot);
    run.status = record.status;
    run.notes = record.notes;
    run.facts = record.facts;
    run.phases = record.phases;
    run.device = record.device;
    run.fault = record.fault;
    run.name = record.name;
    run.comment = record.comment;
    run.kept = record.kept ?? false;
    run.checkpoint = record.checkpoint;
    run.recordedAt = record.savedAt ?? 0;
    if (record.status === 'queued' || run.active) {
      run.status = 'stopped';
      run.fault = { name: PAGE_CLOSED, message: `The page was closed at step ${countText(run.step)}.` };
      run.note('stopped');
    }
    return run;
  }

  /** A run that another tab trains, as its record stands; it cannot be begun here. */
  static trainedElsewhere(record: RunRecord): LabRun {
    const run = LabRun.fromRecord(record);
    run.elsewhere = true;
    run.fault = undefined;
    return run;
  }

  /** True where `fault` tells of something that went wrong, rather than of a page that was closed. */
  get broken(): boolean {
    return this.fault !== undefined && this.fault.name !== PAGE_CLOSED;
  }
}

/** A failure that came again where it had come before. */
const gaveUp = ({ message, ...fault }: Fault, lostAt: number): Fault => ({
  ...fault,
  message: `${message} It had gone on by itself after the same at step ${countText(lostAt)}, so it was not begun a third time.`,
});
