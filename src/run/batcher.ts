import type { PhaseEvent, RunFacts, ScalarsEvent } from './events';
import type { Batch, ScalarColumns } from './protocol';

/** Gathers what a run reports into numbered batches of columns, so that messages are few and cheap to read. */
export class Batcher {
  private columns = new Map<string, { step: number[]; trainMs: number[]; value: number[] }>();
  private phase: PhaseEvent = { kind: 'phase', phase: 'loading' };
  private facts: RunFacts | undefined;
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

  /** Everything since the last call. */
  take(trainMs: number, paused: boolean): Batch {
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
      paused,
      phase: this.phase,
      scalars,
      ...(this.facts && { facts: this.facts }),
    };
    this.facts = undefined;
    return batch;
  }
}

/** Buffers of a batch that can be moved to another thread instead of copied. */
export function transferables(batch: Batch): ArrayBufferLike[] {
  return batch.scalars.flatMap(({ step, trainMs, value }) => [step.buffer, trainMs.buffer, value.buffer]);
}
