import type { DataSource, Dataset, Portion } from '../data/data-source';
import type { PhaseEvent } from '../run/events';

/**
 * Loads a data set and tells the bytes received on the way.
 * @throws DataError for an unknown data set, a missing, truncated or altered shard.
 */
export async function* loadDataset(
  data: DataSource,
  name: string,
  portion: Portion,
  signal: AbortSignal,
): AsyncGenerator<PhaseEvent, Dataset, void> {
  const loading = data.load(name, portion, signal);
  for (;;) {
    const next = await loading.next();
    if (next.done === true) return next.value;
    const { doneBytes: done, totalBytes: total } = next.value;
    yield { kind: 'phase', phase: 'loading', detail: name, progress: { done, total, unit: 'bytes' } };
  }
}
