import type { MultiTask } from '../../../src/nn/multi-task-batches';
import type { NamedValues } from './vit';

type Rows = readonly (readonly number[])[];

/** A batch for the reference: an input row per example; targets by task as rows or, for classes, numbers. */
export interface ReferenceBatch {
  input: Rows;
  targets: Readonly<Record<string, Rows>>;
}

/**
 * Mean losses of the tasks of a perceptron with hard sharing, in float64 and one number after the other: it shares no line
 * with the lab's own. Layers are found by their names.
 */
export function referenceLosses(
  parameters: NamedValues,
  { input, targets }: ReferenceBatch,
  tasks: readonly MultiTask[],
): Float64Array {
  const features = input.map((row) => {
    let h = row;
    for (let i = 1; parameters.has(`trunk.layer${i}.weight`); i++)
      h = relu(linear(parameters, `trunk.layer${i}`, h));
    return h;
  });
  const binary = tasks.filter(({ loss }) => loss === 'binary-cross-entropy');
  return Float64Array.from(tasks, (task) => {
    const isBinary = binary.includes(task);
    const head = isBinary ? 'head.attributes' : `head.${task.id}`;
    const wanted = targets[isBinary ? 'attributes' : task.id] ?? [];
    const column = binary.indexOf(task);
    const losses = features.map((row, n) => {
      const h = parameters.has(`${head}.hidden.weight`)
        ? relu(linear(parameters, `${head}.hidden`, row))
        : row;
      const target = wanted[n] ?? [];
      if (isBinary)
        return binaryLoss(jointLogit(parameters, head, h, column, binary.length), target[column] ?? NaN);
      return lossOf(task.loss, linear(parameters, head, h), target);
    });
    return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
  });
}

const relu = (row: readonly number[]): number[] => row.map((value) => Math.max(0, value));

const valueOf = (parameters: NamedValues, name: string, at: number): number =>
  parameters.get(name)?.values[at] ?? NaN;

function linear(parameters: NamedValues, name: string, row: readonly number[]): number[] {
  const outputs = parameters.get(`${name}.weight`)?.shape[1] ?? NaN;
  return Array.from({ length: outputs }, (_, j) =>
    row.reduce(
      (sum, value, i) => sum + value * valueOf(parameters, `${name}.weight`, i * outputs + j),
      valueOf(parameters, `${name}.bias`, j),
    ),
  );
}

/** Logit of a binary task: of the features, or of its own hidden ones, every K-th. */
function jointLogit(
  parameters: NamedValues,
  head: string,
  h: readonly number[],
  column: number,
  tasks: number,
): number {
  const own = parameters.has(`${head}.hidden.weight`) ? h.filter((_, i) => i % tasks === column) : h;
  return own.reduce(
    (sum, value, i) => sum + value * valueOf(parameters, `${head}.weight`, i * tasks + column),
    valueOf(parameters, `${head}.bias`, column),
  );
}

const binaryLoss = (logit: number, target: number): number =>
  -(target * Math.log(1 / (1 + Math.exp(-logit))) + (1 - target) * Math.log(1 - 1 / (1 + Math.exp(-logit))));

function lossOf(loss: MultiTask['loss'], outputs: readonly number[], target: readonly number[]): number {
  if (loss === 'cross-entropy') {
    const total = outputs.reduce((sum, value) => sum + Math.exp(value), 0);
    return -Math.log(Math.exp(outputs[target[0] ?? NaN] ?? NaN) / total);
  }
  const gaps = outputs.map((value, i) => Math.abs(value - (target[i] ?? NaN)));
  return gaps.reduce((sum, gap) => sum + (loss === 'l1' ? gap : gap ** 2), 0) / gaps.length;
}
