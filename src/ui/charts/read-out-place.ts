/** Left edge of a read-out `gap` pixels right of a place where it fits, else left of it, else as far right as the chart goes. */
export function readOutLeft(place: number, gap: number, width: number, chartWidth: number): number {
  if (place + gap + width <= chartWidth) return place + gap;
  return place - gap - width >= 0 ? place - gap - width : Math.max(0, chartWidth - width);
}
