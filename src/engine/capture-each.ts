import { capture } from './capture';
import type { CaptureOutcome } from './capture-outcome';
import type { CapturedStep, StepDefinition } from './captured-step';
import type { InputSpecs, InputValues } from './step-inputs';
import { columnsOf, fieldsOf, rowsOf, widthOf, type StepField } from './step-outputs';

/** Captures held at once, unless said otherwise. */
const MOST = 8;

/** A step that comes in several shapes: other batch sizes, other capacities. Each has a capture of its own. */
export interface KeyedStep<Key, I extends InputSpecs, O extends string, V extends string = never> {
  /** Null until every capture in use is known to be replayed; not captured as soon as one is not. */
  readonly outcome: CaptureOutcome | null;
  /** One step of the shape that the key stands for. Resolves and throws as `CapturedStep.run`. */
  run(key: Key, inputs: InputValues<I>): Promise<void>;
  /** The outputs of every step since the last reading, whatever their shapes, as `CapturedStep.read` gives them. */
  read(): Promise<Record<O | V, Float32Array>>;
  /** Frees all captures, not the state they trained. */
  dispose(): void;
}

/**
 * Captures a step once for each key, when the key is first run. All of them change the same state, in the order in which
 * they are run. Where there are more keys than `most`, the one not run for longest is given up and captured anew later.
 * @param define the step for a key; equal keys must give equal steps, and all have the same outputs
 */
export function captureEach<
  Key extends string | number,
  const I extends InputSpecs,
  const O extends string,
  V extends string = never,
>(
  define: (key: Key) => StepDefinition<I, O, V>,
  { most = MOST, submitMs }: { most?: number; submitMs?: number } = {},
): KeyedStep<Key, I, O, V> {
  return new Captures(define, Math.max(1, most), submitMs === undefined ? {} : { submitMs });
}

class Captures<Key, I extends InputSpecs, O extends string, V extends string> implements KeyedStep<
  Key,
  I,
  O,
  V
> {
  /** In the order of their last runs. */
  private readonly held = new Map<Key, CapturedStep<I, O, V>>();
  /** Which key each step since the last reading had. */
  private order: Key[] = [];
  /** Rows read from captures since, oldest first, by key. */
  private readonly unread = new Map<Key, Float32Array[]>();
  private fields: readonly StepField<O | V>[] = [];
  private refused: CaptureOutcome | null = null;

  constructor(
    private readonly define: (key: Key) => StepDefinition<I, O, V>,
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

  async read(): Promise<Record<O | V, Float32Array>> {
    const order = this.order;
    this.order = [];
    for (const [key, step] of this.held) await this.collect(key, step);
    const width = widthOf(this.fields);
    const rows = new Float32Array(order.length * width).fill(NaN);
    for (const [i, key] of order.entries()) rows.set(this.unread.get(key)?.shift() ?? [], i * width);
    return columnsOf(this.fields, rows);
  }

  dispose(): void {
    for (const step of this.held.values()) step.dispose();
    this.held.clear();
  }

  private async make(key: Key): Promise<CapturedStep<I, O, V>> {
    const [oldest] = this.held;
    if (oldest && this.held.size >= this.most) {
      const [oldKey, old] = oldest;
      await this.collect(oldKey, old);
      if (old.outcome?.captured === false) this.refused ??= old.outcome;
      this.held.delete(oldKey);
      old.dispose();
    }
    const definition = this.define(key);
    this.fields = fieldsOf(definition);
    return capture(definition, this.options);
  }

  private async collect(key: Key, step: CapturedStep<I, O, V>): Promise<void> {
    const columns = await step.read();
    const rows = rowsOf(this.fields, columns);
    const waiting = this.unread.get(key);
    if (waiting) waiting.push(...rows);
    else this.unread.set(key, rows);
  }
}
