import type { ChartLine } from '../../../ui/charts/line';
import type { TaskInfo } from '../tasks';
import type { LensRun } from './lens-run';
import { BACKGROUND, POINTED } from './task-colours';
import { shortName } from './task-names';
import type { WeightedShares } from './weighted-shares';

/** What of a task is drawn over the training. */
export type Quantity = 'weight' | 'share' | 'loss';

interface Scene {
  run: LensRun;
  tasks: readonly TaskInfo[];
  shares: WeightedShares;
  /** Ids of the tasks that have a colour and a name. */
  out: readonly string[];
  /** Task that the reader points at in the list of tasks. */
  pointed: string | null;
}

/** One line per task of one run. Ids are the tasks', so that pointing at a line in one chart marks it in the others. */
export function taskLines({ run, tasks, shares, out, pointed }: Scene, quantity: Quantity): ChartLine[] {
  const shareColumns = quantity === 'share' ? shares.columns() : [];
  return tasks.flatMap((task, k): ChartLine[] => {
    const columns = quantity === 'share' ? shareColumns[k] : run.series.of(`${quantity}.${task.id}`);
    if (!columns || columns.length === 0) return [];
    const place = out.indexOf(task.id);
    const named = place >= 0 || task.id === pointed;
    return [
      {
        id: task.id,
        label: named ? shortName(task) : '',
        color: place >= 0 ? place + 1 : named ? POINTED : BACKGROUND,
        weight: named ? 'method' : 'seed',
        x: columns.step,
        y: columns.value,
        length: columns.length,
        live: named && run.status === 'running',
      },
    ];
  });
}
