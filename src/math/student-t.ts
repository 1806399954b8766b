/** Half as wide each time: no double needs more. */
const BISECTIONS = 200;

/**
 * P(|T| > |t|) for T of Student's distribution with a whole number ν of degrees of freedom, in closed form:
 * with θ = arctan(|t| ∕ √ν), 1 minus
 *   2∕π · (θ + sin θ · (cos θ + 2∕3 cos³ θ + … )), ν odd (without the product for ν = 1),
 *   sin θ · (1 + 1∕2 cos² θ + (1·3)∕(2·4) cos⁴ θ + …), ν even,
 * both sums up to cos^{ν−2} θ (Abramowitz and Stegun, 26.7.3 and 26.7.4). Its absolute error is that of rounding, about
 * 10⁻¹⁵, so that smaller probabilities are no more than that.
 */
export function tTwoSided(t: number, df: number): number {
  const theta = Math.atan(Math.abs(t) / Math.sqrt(df));
  const [sin, cos] = [Math.sin(theta), Math.cos(theta)];
  const isOdd = df % 2 === 1;
  let term = isOdd ? cos : 1;
  let total = df === 1 ? 0 : term;
  for (let k = isOdd ? 3 : 2; k <= df - 2; k += 2) {
    term *= ((k - 1) / k) * cos * cos;
    total += term;
  }
  const within = isOdd ? (2 / Math.PI) * (theta + sin * total) : sin * total;
  return Math.max(0, 1 - within);
}

/** The value that |T| exceeds with probability `tail`, of Student's distribution: `tTwoSided` turned round, by bisection. */
export function tCritical(tail: number, df: number): number {
  let [low, high] = [0, 1];
  while (tTwoSided(high, df) > tail) [low, high] = [high, 2 * high];
  for (let i = 0; i < BISECTIONS; i++) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) break;
    if (tTwoSided(middle, df) > tail) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
