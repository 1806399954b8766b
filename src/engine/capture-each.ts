import { capture } from './capture';
import type { CaptureOutcome } from './capture-outcome';
import type { CapturedStep, StepDefinition } from './captured-step';
import { columnsOf } from './eager-step';
import type { InputSpecs, InputValues } from './step-inputs';

/** Captures held at once, unless said otherwise. */
const MOST = 8;

/** A step that comes in several shapes: other batch sizes, other capacities. Each has a capture of its own. */
export interface KeyedStep<Key, I extends InputSpecs, O extends string> {
  /** Null until every capture in use is known to be replayed; not captured as soon as one is not. */
  readonly outcome: CaptureOutcome | null;
  /** One step of the shape that the key stands for. Resolves and throws as `CapturedStep.run`. */
  run(key: Key, inputs: InputValues<I>): Promise<void>;
  /** The outputs of every step since the last reading, whatever their shapes, oldest first. */
  read(): Promise<Record<O, Float32Array>>;
  /** Frees all captures, not the state they trained. */
  dispose(): void;
}

/**
 * Captures a step once for each key, when the key is first run. All of them change the same state, in the order in which
 * they are run. Where there are more keys than `most`, the one not run for longest is given up and captured anew later.
 * @param define the step for a key; equal keys must give equal steps, and all have the same outputs
 */
export function captureEach<Key extends string | number, const I extends InputSpecs, const O extends string>(
  define: (key: Key) => StepDefinition<I, O>,
  { most = MOST, submitMs }: { most?: number; submitMs?: number } = {},
): KeyedStep<Key, I, O> {
  return new Captures(define, Math.max(1, most), submitMs === undefined ? {} : { submitMs });
}

class Captures<Key, I extends InputSpecs, O extends string> implements KeyedStep<Key, I, O> {
  /** In the order of their last runs. */
  private readonly held = new Map<Key, CapturedStep<I, O>>();
  /** Which key each step since the last reading had. */
  private order: Key[] = [];
  /** Read from captures since, by key. */
  private readonly unread = new Map<Key, Record<O, number[]>>();
  private outputs: readonly O[] = [];
  private refused: CaptureOutcome | null = null;

  constructor(
    private readonly define: (key: Key) => StepDefinition<I, O>,
    private readonly most: number,
    private readonly options: { submitMs?: number },
  ) {}

  get outcome(): CaptureOutcome | null {
    const outcomes = [...this.held.values()].map(({ outcome }) => outcome);
    const refused = this.refused ?? outcomes.find((outcome) => outcome?.captured === false);
    if (refused) return refused;
    return outcomes.length > 0 && outcomes.every((outcome) => outcome !== null) ? { captured: true } : null;
  }

  async run(key: Key, inputs: InputValues<I>): Promise<void> {
    const step = this.held.get(key) ?? (await this.make(key));
    this.held.delete(key);
    this.held.set(key, step);
    await step.run(inputs);
    this.order.push(key);
  }

  async read(): Promise<Record<O, Float32Array>> {
    const order = this.order;
    this.order = [];
    for (const [key, step] of this.held) await this.collect(key, step);
    const rows = order.map((key) => {
      const waiting = this.unread.get(key);
      return this.outputs.map((name) => waiting?.[name].shift() ?? NaN);
    });
    return columnsOf(this.outputs, (i) => Float32Array.from(rows, (row) => row[i] ?? NaN));
  }

  dispose(): void {
    for (const step of this.held.values()) step.dispose();
    this.held.clear();
  }

  private async make(key: Key): Promise<CapturedStep<I, O>> {
    const [oldest] = this.held;
    if (oldest && this.held.size >= this.most) {
      const [oldKey, old] = oldest;
      await this.collect(oldKey, old);
      if (old.outcome?.captured === false) this.refused ??= old.outcome;
      this.held.delete(oldKey);
      old.dispose();
    }
    const definition = this.define(key);
    this.outputs = definition.outputs;
    return capture(definition, this.options);
  }

  private async collect(key: Key, step: CapturedStep<I, O>): Promise<void> {
    const columns = await step.read();
    const waiting = this.unread.get(key);
    for (const name of this.outputs) waiting?.[name].push(...columns[name]);
    if (!waiting) {
      const lists = this.outputs.map((name) => [name, [...columns[name]]] as const);
      this.unread.set(key, Object.fromEntries(lists) as Record<O, number[]>);
    }
  }
}
