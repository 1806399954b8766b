/**
 * exp(vₖ ∕ T) ∕ Σⱼ exp(vⱼ ∕ T), which sums to 1. The largest value is subtracted first, before dividing by T, so that
 * nothing overflows for any finite values and any T.
 * @param temperature T > 0; infinite gives equal shares
 * @throws RangeError unless T is positive.
 */
export function softmax(values: Float64Array, temperature = 1): Float64Array {
  if (!(temperature > 0)) throw new RangeError(`A temperature is positive, got ${temperature}`);
  const largest = values.reduce((most, value) => Math.max(most, value), -Infinity);
  const exponentials = values.map((value) => Math.exp((value - largest) / temperature));
  const sum = exponentials.reduce((total, value) => total + value, 0);
  return exponentials.map((value) => value / sum);
}
