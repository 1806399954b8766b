/** The value below which a share `q` of the numbers lies, interpolated linearly between neighbours; NaN for none. */
export function quantile(numbers: readonly number[], q: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const [low, high] = [sorted[Math.floor(at)] ?? NaN, sorted[Math.ceil(at)] ?? NaN];
  return low + (high - low) * (at - Math.floor(at));
}

/** Middle and spread of repeated measurements, in their unit. */
export interface Summary {
  /** How many measurements it comes from. */
  count: number;
  least: number;
  lowerQuartile: number;
  median: number;
  upperQuartile: number;
}

/** Median and quartiles; null for no measurements at all. */
export function summarize(numbers: readonly number[]): Summary | null {
  if (numbers.length === 0) return null;
  return {
    count: numbers.length,
    least: quantile(numbers, 0),
    lowerQuartile: quantile(numbers, 0.25),
    median: quantile(numbers, 0.5),
    upperQuartile: quantile(numbers, 0.75),
  };
}

/**
 * Exponent p of y ≈ c·xᵖ by least squares on the logarithms: 1 where cost grows with size, 2 where it grows with its
 * square. NaN for fewer than two different sizes.
 */
export function fittedExponent(points: readonly (readonly [x: number, y: number])[]): number {
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)] as const);
  const mean = (axis: 0 | 1) => logs.reduce((sum, log) => sum + log[axis], 0) / logs.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  const covariance = logs.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  const variance = logs.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  return variance === 0 ? NaN : covariance / variance;
}
