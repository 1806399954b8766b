import type { MultiTask, MultiTaskBatches } from '../../nn/multi-task-batches';
import type { MultiTaskShape } from '../../nn/multi-task-model';
import type { TaskWeightingSpec } from './knobs';

/** The network of a setting, with heads for these tasks. */
export const modelShape = (
  { trunk, width, depth, attentionHeads, headWidth }: TaskWeightingSpec,
  { inputShape }: Pick<MultiTaskBatches<string>, 'inputShape'>,
  tasks: readonly MultiTask[],
): MultiTaskShape => ({ trunk, inputShape, width, depth, heads: attentionHeads, headWidth, tasks });
