/** y = factor · x^power, fitted to pairs of positive numbers. */
export interface PowerLaw {
  power: number;
  /** Standard error of the power, were the deviations of log y independent and of one size. */
  standardError: number;
  factor: number;
  /** Pairs that it is fitted to. */
  n: number;
}

/** Below this ratio of the largest x to the smallest there is no telling how y depends on it. */
export const LEAST_RATIO = 1.5;
const FEWEST = 3;

/**
 * Least squares of log y on log x. Pairs with a number that is not positive and finite are left out.
 * @returns null where fewer than three pairs are left, or where x hardly differs between them
 */
export function fitPowerLaw(x: ArrayLike<number>, y: ArrayLike<number>): PowerLaw | null {
  const pairs = Array.from(
    { length: Math.min(x.length, y.length) },
    (_, i) => [Math.log(x[i] ?? NaN), Math.log(y[i] ?? NaN)] as const,
  ).filter((pair) => pair.every(Number.isFinite));
  const n = pairs.length;
  if (n < FEWEST) return null;
  const logs = pairs.map(([log]) => log);
  if (Math.max(...logs) - Math.min(...logs) < Math.log(LEAST_RATIO)) return null;
  const mean = (at: 0 | 1): number => pairs.reduce((sum, pair) => sum + pair[at], 0) / n;
  const [meanX, meanY] = [mean(0), mean(1)];
  let [xx, xy] = [0, 0];
  for (const [a, b] of pairs) {
    xx += (a - meanX) ** 2;
    xy += (a - meanX) * (b - meanY);
  }
  const power = xy / xx;
  const left = pairs.reduce((sum, [a, b]) => sum + (b - meanY - power * (a - meanX)) ** 2, 0);
  return {
    power,
    standardError: Math.sqrt(left / (n - 2) / xx),
    factor: Math.exp(meanY - power * meanX),
    n,
  };
}

/** Its value at x. */
export const valueAt = ({ power, factor }: PowerLaw, x: number): number => factor * x ** power;
