import type { DeviceInfo } from '../engine/device-info';
import type { PhaseTimes } from './phase-clock';
import type { PlannedRun } from './plan';
import type { Batch, ReportedFacts, RunOutcome } from './protocol';
import { RECORD_SCHEMA, type RunRecord } from './record';
import { RunSeries } from './run-series';
import { RunSnapshots } from './run-snapshots';

/** Gathers what one run reports into its record, where no page keeps it. */
export class Recorder {
  /** Completed steps. */
  step = 0;
  trainMs = 0;
  facts: ReportedFacts | undefined;
  phases: PhaseTimes | undefined;
  readonly series = new RunSeries();
  readonly snapshots = new RunSnapshots();

  constructor(
    private readonly planned: PlannedRun,
    private readonly made: { id: string; build: string; createdAt: number },
  ) {}

  absorb(batch: Batch): void {
    this.step = batch.step;
    this.trainMs = batch.trainMs;
    this.phases = batch.phases;
    this.facts = batch.facts ?? this.facts;
    for (const columns of batch.scalars) this.series.append(columns);
    for (const snapshot of batch.snapshots ?? []) this.snapshots.add(snapshot);
  }

  toRecord(outcome: RunOutcome, device: DeviceInfo): RunRecord {
    const { status } = outcome;
    const snapshots = this.snapshots.toRecords();
    const { experiment, variant, seed, spec, specDigest } = this.planned;
    return {
      schema: RECORD_SCHEMA,
      ...{ ...this.made, experiment, variant, seed, spec, specDigest, status, device },
      origin: 'here',
      ...(status === 'failed' && { fault: outcome.fault }),
      ...(this.facts && { facts: this.facts }),
      ...(this.phases && { phases: this.phases }),
      notes: status === 'done' ? [] : [{ step: this.step, what: status }],
      series: this.series.toRecords(),
      ...(snapshots.length > 0 && { snapshots }),
    };
  }
}
