/** A rectangle in the window, in pixels. */
export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

interface Size {
  width: number;
  height: number;
}

/** Between the card and what it is about, and between the card and the window's edge. */
const GAP = 16;
const EDGE = 8;

const between = (value: number, low: number, high: number): number => Math.max(low, Math.min(value, high));

const apart = (a: Box, b: Box): boolean =>
  a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;

/**
 * Where a card stands so that it covers nothing of what it is about: right, left, below or above of the first part, the first
 * place that has room and leaves the other parts free, and as near to the part's beginning as the window allows. Null where
 * there is none.
 * @param about the parts, as far as they can be seen
 */
export function placeCard(
  about: readonly Box[],
  card: Size,
  view: Size,
): { left: number; top: number } | null {
  const [first] = about;
  if (!first) return null;
  const top = between(first.top, EDGE, view.height - card.height - EDGE);
  const left = between(first.left, EDGE, view.width - card.width - EDGE);
  const places = [
    { left: first.right + GAP, top },
    { left: first.left - GAP - card.width, top },
    { left, top: first.bottom + GAP },
    { left, top: first.top - GAP - card.height },
  ];
  const fits = (place: { left: number; top: number }): boolean => {
    const box = { ...place, right: place.left + card.width, bottom: place.top + card.height };
    const inside =
      box.left >= EDGE &&
      box.top >= EDGE &&
      box.right <= view.width - EDGE &&
      box.bottom <= view.height - EDGE;
    return inside && about.every((part) => apart(box, part));
  };
  return places.find(fits) ?? null;
}

/** The smallest rectangle around some. */
export const around = (boxes: readonly Box[]): Box => ({
  left: Math.min(...boxes.map(({ left }) => left)),
  top: Math.min(...boxes.map(({ top }) => top)),
  right: Math.max(...boxes.map(({ right }) => right)),
  bottom: Math.max(...boxes.map(({ bottom }) => bottom)),
});

/** The part of a rectangle that is in the window. */
export const inView = (box: Box, view: Size): Box => ({
  left: Math.max(0, box.left),
  top: Math.max(0, box.top),
  right: Math.min(view.width, box.right),
  bottom: Math.min(view.height, box.bottom),
});

/** Room that is kept free for a card at the window's lower edge, where none of the sides has any. */
export const dockTop = (card: Size, view: Size): number => view.height - card.height - EDGE;
