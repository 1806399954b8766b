import { FASHION_ATTRIBUTES } from '../../data/attributes';
import type { MetricInfo } from '../../run/card';

/** What one of the tasks is called and how its success is measured. */
export interface TaskInfo {
  /** As in the names of series: `weight.left`. */
  id: string;
  label: string;
  /** Unit of its training loss. */
  lossUnit: string;
  /** Measured on the test images. */
  metric: MetricInfo & { better: 'lower' | 'higher' };
}

const accuracy = { label: 'Accuracy', unit: '%', better: 'higher', domain: [0, 1], decimals: 1 } as const;

const side = (id: string, label: string): TaskInfo => ({ id, label, lossUnit: 'nats', metric: accuracy });

/** The sets of tasks that share a trunk, by the value of the knob `tasks`. */
export const TASK_SETS = {
  'multi-fashion': [side('left', 'Left item'), side('right', 'Right item')],
  'multi-mnist': [side('left', 'Left digit'), side('right', 'Right digit')],
  'fashion-3': [
    { id: 'class', label: 'Class', lossUnit: 'nats', metric: accuracy },
    {
      id: 'angle',
      label: 'Angle',
      lossUnit: 'of the largest angle',
      metric: { label: 'Mean absolute error', unit: '°', better: 'lower', decimals: 1 },
    },
    {
      id: 'clean',
      label: 'Clean image',
      lossUnit: '',
      metric: { label: 'Mean squared error', unit: '', better: 'lower', decimals: 3 },
    },
  ],
  attributes: FASHION_ATTRIBUTES.map(({ id, label }) => ({
    id,
    label,
    lossUnit: 'nats',
    metric: { ...accuracy, label: 'Balanced accuracy' },
  })),
} as const satisfies Record<string, readonly TaskInfo[]>;

export type TaskSet = keyof typeof TASK_SETS;

/** The tasks of a setting, in the order of their losses and weights. */
export const tasksOf = (set: TaskSet): readonly TaskInfo[] => TASK_SETS[set];

/** The value of one task, where there is one for each task or one for all. */
export const perTask = (values: readonly number[], tasks: number): number[] =>
  Array.from({ length: tasks }, (_, k) => (values.length === 1 ? values[0] : values[k]) ?? NaN);
