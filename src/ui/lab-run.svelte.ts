import type { DeviceInfo } from '../engine/device-info';
import type { PhaseEvent, RunFacts } from '../run/events';
import type { PhaseTimes } from '../run/phase-clock';
import type { Batch, Fault } from '../run/protocol';
import { RECORD_SCHEMA, type RunNote, type RunRecord, type RunStatus } from '../run/record';
import type { Spec } from '../spec/knob';
import type { PlannedRun } from '../run/plan';
import { RunSeries } from '../run/run-series';
import { RunSnapshots } from '../run/run-snapshots';
import type { Outcome, RunnerClient } from './runner-client.svelte';
import { TimeLeft } from './time-left';

const ACTIVE: readonly RunStatus[] = ['loading', 'compiling', 'running', 'paused'];

/** Names the end of a run that its page did not live to see. */
const PAGE_CLOSED = 'PageClosed';

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
  readonly series = new RunSeries();
  /** For the experiment's lens; `snapshotRevision` says when to look again. */
  readonly snapshots = new RunSnapshots();
  readonly pace = new TimeLeft();

  /** Its worker, while it has one. */
  client: RunnerClient | null = null;
  /** Steps asked of it before it was ready to take them. */
  owedSteps = 0;
  /** Asked to pause; noted once the worker confirms it. */
  pausing = false;
  /** When it was last saved, on the page's clock. */
  savedAt = -Infinity;

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

  constructor(plan: PlannedRun, made: { id: string; build: string; createdAt: number }) {
    ({
      experiment: this.experiment,
      variant: this.variant,
      seed: this.seed,
      spec: this.spec,
      specDigest: this.specDigest,
    } = plan);
    ({ id: this.id, build: this.build, createdAt: this.createdAt } = made);
  }

  /** Has a worker. */
  get active(): boolean {
    return ACTIVE.includes(this.status);
  }

  /** Milliseconds to go, or null where that is not known. */
  get msLeft(): number | null {
    return this.facts && this.active ? this.pace.msLeft(this.step, this.facts.totalSteps) : null;
  }

  /** Milliseconds a whole run of this kind takes, or null where that is not known. */
  get wholeMs(): number | null {
    return this.facts ? this.pace.msLeft(0, this.facts.totalSteps) : null;
  }

  absorb(batch: Batch): void {
    if (!this.active) return;
    this.step = batch.step;
    this.trainMs = batch.trainMs;
    this.phase = batch.phase;
    this.phases = batch.phases;
    if (batch.facts) this.facts = batch.facts;
    for (const columns of batch.scalars) this.series.append(columns);
    for (const snapshot of batch.snapshots ?? []) this.snapshots.add(snapshot);
    if (batch.snapshots) this.snapshotRevision++;
    const { phase } = batch.phase;
    if (batch.paused) this.status = 'paused';
    else this.status = phase === 'loading' || phase === 'compiling' ? phase : 'running';
    if (batch.paused) this.pace.hold();
    else if (batch.step > 0) this.pace.observe(batch.step, performance.now());
  }

  finish(outcome: Outcome): void {
    this.status = outcome.status;
    this.stopping = false;
    if (outcome.device) this.device = outcome.device;
    if (outcome.status === 'failed') this.fault = outcome.fault;
    if (outcome.status !== 'done') this.note(outcome.status);
  }

  note(what: RunNote['what']): void {
    this.notes = [...this.notes, { step: this.step, what }];
  }

  toRecord(): RunRecord {
    const snapshots = this.snapshots.toRecords();
    const { id, experiment, variant, seed, spec, specDigest, build, createdAt, status, notes } = this;
    return {
      schema: RECORD_SCHEMA,
      ...{ id, experiment, variant, seed, spec, specDigest, build, createdAt, status, notes },
      ...(this.fault && { fault: this.fault }),
      ...(this.device && { device: this.device }),
      ...(this.facts && { facts: this.facts }),
      ...(this.phases && { phases: this.phases }),
      series: this.series.toRecords(),
      ...(snapshots.length > 0 && { snapshots }),
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
    if (record.status === 'queued' || run.active) {
      run.status = 'stopped';
      run.fault = {
        name: PAGE_CLOSED,
        message: `The page was closed at step ${run.step}. The curves up to there are kept; Train starts this run anew.`,
      };
      run.note('stopped');
    }
    return run;
  }

  /** True where `fault` tells of something that went wrong, rather than of a page that was closed. */
  get broken(): boolean {
    return this.fault !== undefined && this.fault.name !== PAGE_CLOSED;
  }
}
