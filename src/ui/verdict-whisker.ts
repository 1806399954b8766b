/** Places along the drawn line, in per cent of its length; zero is in its middle. */
export interface Whisker {
  dot: number;
  /** The interval, from its left end, as wide as this. */
  interval: { left: number; width: number } | null;
  /** The margin of no practical difference, to both sides of zero. */
  zone: { left: number; width: number };
}

/** Room beyond the farthest end. */
const ROOM = 1.1;

/**
 * A difference with its interval on a line whose middle is zero, so that the sign is seen at a glance; the longer of the
 * interval's sides decides how much the line holds, the margin always in sight.
 */
export function whiskerOf({
  mean,
  interval,
  margin,
}: {
  mean: number;
  interval: readonly [low: number, high: number] | null;
  margin: number;
}): Whisker {
  const [low, high] = interval ?? [mean, mean];
  const reach = ROOM * Math.max(Math.abs(low), Math.abs(high), 2 * margin) || 1;
  const place = (difference: number): number => 50 + (50 * difference) / reach;
  return {
    dot: place(mean),
    interval: interval && { left: place(low), width: place(high) - place(low) },
    zone: { left: place(-margin), width: place(margin) - place(-margin) },
  };
}
