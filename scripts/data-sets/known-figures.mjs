/**
 * Holds a decoded data set against the published figures, before anything is written.
 * @param {{ name: string, known: { mean: number[], standardDeviation: number[], trainLabels: number[], testLabels: number[] } }} dataSet
 * @param {import('./idx-data-set.mjs').Splits} splits
 * @param {{ mean: number[], standardDeviation: number[] }} statistics
 * @throws Error that names the figure that differs.
 */
export function requireKnownFigures({ name, known }, splits, statistics) {
  const rounded = (/** @type {number[]} */ values) => values.map((value) => Number(value.toFixed(4)));
  const figures = {
    mean: [rounded(statistics.mean), known.mean],
    'standard deviation': [rounded(statistics.standardDeviation), known.standardDeviation],
    'first training labels': [
      [...splits.train.labels.subarray(0, known.trainLabels.length)],
      known.trainLabels,
    ],
    'first test labels': [[...splits.test.labels.subarray(0, known.testLabels.length)], known.testLabels],
  };
  for (const [figure, [seen, published]] of Object.entries(figures)) {
    if (seen.join(' ') !== published.join(' ')) {
      throw new Error(
        `${name} is not the official data: its ${figure} is ${seen.join(' ')}, not ${published.join(' ')}.`,
      );
    }
  }
}
