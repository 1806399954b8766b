import { Matrix } from 'ml-matrix';
import { mean } from '../../math/interval';
import type { Rng } from '../../math/rng';

export interface FewShotOptions {
  /** Examples of each class that its centre is the mean of. */
  shots: number;
  /** How often they are drawn anew. */
  repeats: number;
  rng: Rng;
}

/**
 * Accuracy of the nearest centre on classes that a network never saw: of each class `shots` examples are drawn, the others
 * are told by argmin_c |h − centre_c|, and the mean is taken over all repeats. Where class-distance normalised variance is
 * small on such classes, few examples suffice (Galanti, György and Hutter, 2112.15121, section 4).
 * @param features `[samples, width]`
 * @param labels class of each sample, counted from 0 `[samples]`
 * @throws RangeError unless every class up to the highest label has more samples than are drawn of it.
 */
export function fewShotAccuracy(
  features: Matrix,
  labels: ArrayLike<number>,
  { shots, repeats, rng }: FewShotOptions,
): number {
  const classes = Math.max(...Array.from(labels)) + 1;
  const members = Array.from({ length: classes }, (_, c) =>
    Array.from({ length: features.rows }, (_, i) => i).filter((i) => labels[i] === c),
  );
  const few = members.findIndex(({ length }) => length <= shots);
  if (few >= 0 || !(shots >= 1))
    throw new RangeError(
      `${shots} of the ${members[few]?.length ?? 0} examples of a class leave none to be told`,
    );
  const once = (repeat: number): number => {
    const drawn = members.map((of, c) => {
      const order = rng.fork(`${repeat} ${c}`).permutation(of.length);
      return { seen: of.filter((_, at) => (order[at] ?? NaN) < shots), of };
    });
    const centres = drawn.map(({ seen }) => Matrix.rowVector(features.subMatrixRow(seen).mean('column')));
    const told = drawn.flatMap(({ seen, of }, c) =>
      of
        .filter((i) => !seen.includes(i))
        .map((i) => {
          const squares = centres.map((centre) => Matrix.sub(features.getRowVector(i), centre).norm());
          return squares.indexOf(Math.min(...squares)) === c ? 1 : 0;
        }),
    );
    return mean(told);
  };
  return mean(Array.from({ length: repeats }, (_, repeat) => once(repeat)));
}
