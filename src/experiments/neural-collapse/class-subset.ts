import { DataError, type Dataset, type Split } from '../../data/data-source';

/** Some images of a data set, their classes counted anew. */
export interface ClassSubset {
  /** Names of the classes that are trained on. */
  classes: readonly string[];
  /** As many images of each class as asked for, in the order in which the data set has them. */
  train: Split;
  /** All test images of these classes. */
  test: Split;
  /** Test images of the other classes, counted from 0; none where no class is left out. */
  unseen: Split;
  unseenClasses: readonly string[];
}

/**
 * Chooses the first images of each class.
 * @param trained classes as the data set counts them, in the order in which they are counted from then on
 * @param sizes training images of each of them
 * @throws DataError when the data set has fewer of a class.
 */
export function chooseClasses(
  dataset: Dataset,
  trained: readonly number[],
  sizes: readonly number[],
): ClassSubset {
  const { classes, shape } = dataset;
  const values = shape.reduce((product, extent) => product * extent, 1);
  const others = classes.map((_, c) => c).filter((c) => !trained.includes(c));
  const nameOf = (c: number) => classes[c] ?? String(c);

  const left = new Map(trained.map((c, i) => [c, sizes[i] ?? 0]));
  const chosen = indicesWhere(dataset.train, (label) => {
    const wanted = left.get(label) ?? 0;
    left.set(label, wanted - 1);
    return wanted > 0;
  });
  for (const [c, missing] of left)
    if (missing > 0)
      throw new DataError(
        `${dataset.name} has ${missing} training images of the class ${nameOf(c)} too few among the ${dataset.train.count} read: choose fewer per class.`,
      );
  const part = (split: Split, indices: readonly number[], from: readonly number[]) =>
    extract(split, indices, values, (label) => from.indexOf(label));
  return {
    classes: trained.map(nameOf),
    train: part(dataset.train, chosen, trained),
    test: part(
      dataset.test,
      indicesWhere(dataset.test, (label) => trained.includes(label)),
      trained,
    ),
    unseen: part(
      dataset.test,
      indicesWhere(dataset.test, (label) => others.includes(label)),
      others,
    ),
    unseenClasses: others.map(nameOf),
  };
}

const indicesWhere = ({ count, labels }: Split, isWanted: (label: number) => boolean): number[] =>
  Array.from({ length: count }, (_, i) => i).filter((i) => isWanted(labels[i] ?? -1));

function extract(
  { pixels, labels }: Split,
  indices: readonly number[],
  values: number,
  renamed: (label: number) => number,
): Split {
  const bytes = new Uint8Array(indices.length * values);
  for (const [at, i] of indices.entries())
    bytes.set(pixels.subarray(i * values, (i + 1) * values), at * values);
  return {
    count: indices.length,
    pixels: bytes,
    labels: Uint8Array.from(indices, (i) => renamed(labels[i] ?? -1)),
  };
}

/** The first images of each class, as many as asked for where there are so many: their places in the split. */
export function firstOfEach({ count, labels }: Split, classes: number, each: number): number[] {
  return Array.from({ length: classes }, (_, c) =>
    Array.from({ length: count }, (_, i) => i)
      .filter((i) => labels[i] === c)
      .slice(0, each),
  ).flat();
}
