import type { DeviceInfo } from '../engine/device-info';
import type { RunFacts } from './events';
import type { PlannedRun } from './plan';
import type { Batch, RunOutcome } from './protocol';
import { RECORD_SCHEMA, type RunRecord } from './record';

interface Columns {
  step: number[];
  trainMs: number[];
  value: number[];
}

/** Gathers what one run reports into its record, where no page keeps it. */
export class Recorder {
  /** Completed steps. */
  step = 0;
  trainMs = 0;
  facts: RunFacts | undefined;
  readonly #columns = new Map<string, Columns>();

  constructor(
    private readonly planned: PlannedRun,
    private readonly made: { id: string; build: string; createdAt: number },
  ) {}

  absorb(batch: Batch): void {
    this.step = batch.step;
    this.trainMs = batch.trainMs;
    this.facts = batch.facts ?? this.facts;
    for (const { metric, step, trainMs, value } of batch.scalars) {
      let columns = this.#columns.get(metric);
      if (!columns) this.#columns.set(metric, (columns = { step: [], trainMs: [], value: [] }));
      columns.step.push(...step);
      columns.trainMs.push(...trainMs);
      columns.value.push(...value);
    }
  }

  /** The last value reported, if any. */
  latest(metric: string): number | undefined {
    return this.#columns.get(metric)?.value.at(-1);
  }

  toRecord(outcome: RunOutcome, device: DeviceInfo): RunRecord {
    const { status } = outcome;
    const { experiment, variant, seed, spec, specDigest } = this.planned;
    return {
      schema: RECORD_SCHEMA,
      ...{ ...this.made, experiment, variant, seed, spec, specDigest, status, device },
      ...(status === 'failed' && { fault: outcome.fault }),
      ...(this.facts && { facts: this.facts }),
      notes: status === 'done' ? [] : [{ step: this.step, what: status }],
      series: [...this.#columns].map(([metric, { step, trainMs, value }]) => ({
        metric,
        step: Float64Array.from(step),
        trainMs: Float64Array.from(trainMs),
        value: Float64Array.from(value),
      })),
    };
  }
}
