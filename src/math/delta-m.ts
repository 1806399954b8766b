import { mean } from './interval';

/** A task's metric after multi-task training and after training for that task alone. */
export interface ComparedMetric {
  /** M of the model that was trained for all tasks. */
  model: number;
  /** M of the one that was trained for this task alone, on the same seed. */
  baseline: number;
  better: 'higher' | 'lower';
}

/** Δm in percent: negative where training together was better. */
export interface DeltaM {
  /** Of each task; null where its baseline is not positive, so that there is nothing to be relative to. */
  perTask: (number | null)[];
  /** Mean over the tasks; null where one of them is or there is none. */
  total: number | null;
}

/**
 * Relative multi-task performance, Δm = 100 % · (1 ∕ K) Σₖ (−1)^{lₖ} (Mₖ − Bₖ) ∕ Bₖ, lₖ = 1 where higher is better, else 0
 * (Kirchdorfer et al. 2024, section 4.1; Elich et al. 2023, section 3). Lower is better. LibMTL reports the opposite sign.
 *
 * A task with several metrics counts as much as one with one: its own are averaged first, as LibMTL does. The paper averages over all
 * metrics, which favours tasks that have many (its appendix A.2.4): for that, give each metric as a task.
 * @param tasks the metrics of each task, one or more
 * @throws RangeError for a task without a metric.
 */
export function deltaM(tasks: readonly (readonly ComparedMetric[])[]): DeltaM {
  const perTask = tasks.map((metrics, k) => {
    if (metrics.length === 0) throw new RangeError(`Task ${k + 1} has no metric to compare`);
    return meanOf(metrics.map(relative));
  });
  return { perTask, total: meanOf(perTask) };
}

function relative({ model, baseline, better }: ComparedMetric): number | null {
  if (baseline <= 0) return null; // NaN is not: it shows that a run diverged
  const change = (100 * (model - baseline)) / baseline;
  return better === 'higher' ? -change : change;
}

function meanOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length < values.length || known.length === 0 ? null : mean(known);
}
