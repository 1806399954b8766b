/**
 * Spreads labels that want the positions `wanted` so that neighbours are `gap` apart within [low, high], moving them as
 * little as possible (least squares). Where they cannot all fit, they share the room evenly. Order is kept.
 *
 * With label i's position written as zᵢ + i·gap, "at least `gap` apart" becomes "z never falls": isotonic regression,
 * solved exactly by pooling neighbours that fall.
 */
export function placeLabels(wanted: readonly number[], gap: number, low: number, high: number): number[] {
  const count = wanted.length;
  const step = count > 1 ? Math.min(gap, (high - low) / (count - 1)) : gap;
  const order = wanted.map((_, i) => i).sort((a, b) => (wanted[a] ?? 0) - (wanted[b] ?? 0) || a - b);

  const pools: { sum: number; size: number }[] = [];
  order.forEach((label, rank) => {
    let pool = { sum: (wanted[label] ?? 0) - rank * step, size: 1 };
    for (
      let above = pools.at(-1);
      above && above.sum / above.size > pool.sum / pool.size;
      above = pools.at(-1)
    ) {
      pools.pop();
      pool = { sum: above.sum + pool.sum, size: above.size + pool.size };
    }
    pools.push(pool);
  });

  const top = high - (count - 1) * step;
  const spread = pools.flatMap(({ sum, size }) =>
    Array.from({ length: size }, () => Math.max(low, Math.min(top, sum / size))),
  );
  const placed = new Array<number>(count);
  order.forEach((label, rank) => {
    placed[label] = (spread[rank] ?? low) + rank * step;
  });
  return placed;
}
