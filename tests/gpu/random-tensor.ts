/** Deterministic standard normal numbers for tests (Park and Miller's generator through Box and Muller's transform). */
export function normals(count: number, seed: number): Float32Array {
  let state = (seed * 7919 + 17) % 2147483647;
  const uniform = () => (state = (state * 16807) % 2147483647) / 2147483647;
  for (let i = 0; i < 8; i++) uniform();
  return Float32Array.from(
    { length: count },
    () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
}

/** Deterministic whole numbers in [0, below). */
export const integers = (count: number, below: number, seed: number): Int32Array =>
  Int32Array.from(normals(count, seed), (x) => Math.min(below - 1, Math.floor((Math.abs(x) * below) / 3)));

/** Largest |a − b| / (1 + |b|); infinite when sizes differ or only one is NaN. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const [x = NaN, y = NaN] = [a[i], b[i]];
    if (Object.is(x, y) || x === y) continue;
    const d = Math.abs(x - y) / (1 + Math.abs(y));
    largest = Number.isNaN(d) ? Infinity : Math.max(largest, d);
  }
  return largest;
}
