/** More points than anyone runs. */
const MOST_POINTS = 100_000;

/**
 * All points of positive coordinates that sum to 1 and are whole multiples of 1 ∕ divisions, the last coordinate changing
 * fastest: C(divisions − 1, coordinates − 1) of them.
 * @throws RangeError unless both are whole numbers, coordinates ≥ 1, divisions ≥ coordinates, and the points are at most
 * 100 000.
 */
export function simplexGrid(coordinates: number, divisions: number): number[][] {
  if (!(
    Number.isInteger(coordinates) &&
    Number.isInteger(divisions) &&
    coordinates >= 1 &&
    divisions >= coordinates
  ))
    throw new RangeError(`${divisions} parts cannot be shared among ${coordinates}, one or more for each`);
  if (binomial(divisions - 1, coordinates - 1) > MOST_POINTS)
    throw new RangeError(`A grid of ${divisions} parts for ${coordinates} has over ${MOST_POINTS} points`);
  return compositions(divisions, coordinates).map((parts) => parts.map((part) => part / divisions));
}

const binomial = (n: number, k: number): number =>
  Array.from({ length: k }, (_, i) => (n - i) / (i + 1)).reduce((product, factor) => product * factor, 1);

/** All ways to write a number as an ordered sum of so many positive ones. */
function compositions(total: number, parts: number): number[][] {
  if (parts === 1) return [[total]];
  return Array.from({ length: total - parts + 1 }, (_, i) => i + 1).flatMap((first) =>
    compositions(total - first, parts - 1).map((rest) => [first, ...rest]),
  );
}
