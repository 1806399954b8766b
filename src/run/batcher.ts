import type { PhaseEvent, RunFacts, ScalarsEvent } from './events';
import type { PhaseTimes } from './phase-clock';
import type { Batch, ScalarColumns } from './protocol';
import type { Snapshot } from './snapshot';

/** Gathers what a run reports into numbered batches of columns, so that messages are few and cheap to read. */
export class Batcher {
  private columns = new Map<string, { step: number[]; trainMs: number[]; value: number[] }>();
  private phase: PhaseEvent = { kind: 'phase', phase: 'loading' };
  private facts: RunFacts | undefined;
  private snapshots: Snapshot[] = [];
  private resumed: Batch['resumed'];
  private checkpoint: Batch['checkpoint'];
  private seq = 0;
  private step = 0;

  constructor(private readonly runId: string) {}

  setPhase(phase: PhaseEvent): void {
    this.phase = phase;
  }

  setFacts(facts: RunFacts): void {
    this.facts = facts;
  }

  setStep(step: number): void {
    this.step = step;
  }

  setResumed(resumed: { step: number; trainMs: number }): void {
    this.resumed = resumed;
    this.step = Math.max(0, resumed.step);
  }

  setCheckpoint(step: number): void {
    this.checkpoint = step;
  }

  add({ step, values }: ScalarsEvent, trainMs: number): void {
    for (const [metric, value] of Object.entries(values)) {
      if (value === undefined) continue;
      let column = this.columns.get(metric);
      if (!column) this.columns.set(metric, (column = { step: [], trainMs: [], value: [] }));
      column.step.push(step);
      column.trainMs.push(trainMs);
      column.value.push(value);
    }
  }

  /** Takes a copy, because the batch's buffers move to another thread and the run may go on using its own. */
  addSnapshot({ name, step, arrays }: Snapshot): void {
    const copies = Object.entries(arrays).map(([key, { shape, values }]) => [
      key,
      { shape: [...shape], values: values.slice() },
    ]);
    this.snapshots.push({ name, step, arrays: Object.fromEntries(copies) as Snapshot['arrays'] });
  }

  /**
   * Everything since the last call.
   * @param now the run's clocks, and whether it is held
   */
  take({ trainMs, phases, paused }: { trainMs: number; phases: PhaseTimes; paused: boolean }): Batch {
    const scalars: ScalarColumns[] = [...this.columns].map(([metric, column]) => ({
      metric,
      step: Float64Array.from(column.step),
      trainMs: Float64Array.from(column.trainMs),
      value: Float64Array.from(column.value),
    }));
    this.columns = new Map();
    const batch: Batch = {
      runId: this.runId,
      seq: this.seq++,
      step: this.step,
      trainMs,
      phases,
      paused,
      phase: this.phase,
      scalars,
      ...(this.resumed && { resumed: this.resumed }),
      ...(this.checkpoint !== undefined && { checkpoint: this.checkpoint }),
      ...(this.facts && { facts: this.facts }),
      ...(this.snapshots.length > 0 && { snapshots: this.snapshots }),
    };
    this.facts = undefined;
    this.resumed = undefined;
    this.checkpoint = undefined;
    this.snapshots = [];
    return batch;
  }
}

/** Buffers of a batch that can be moved to another thread instead of copied. */
export function transferables(batch: Batch): ArrayBufferLike[] {
  const arrays = (batch.snapshots ?? []).flatMap((snapshot) => Object.values(snapshot.arrays));
  return [
    ...batch.scalars.flatMap(({ step, trainMs, value }) => [step.buffer, trainMs.buffer, value.buffer]),
    ...arrays.map(({ values }) => values.buffer),
  ];
}
