let context: CanvasRenderingContext2D | null = null;

/** Width of chart text (12 px in the interface's font) in pixels. */
export function textWidth(text: string): number {
  if (!context) {
    context = document.createElement('canvas').getContext('2d');
    const family = getComputedStyle(document.documentElement).getPropertyValue('--font-ui').trim();
    if (context) context.font = `12px ${family || 'sans-serif'}`;
  }
  return context?.measureText(text).width ?? text.length * 7;
}

/** The text, shortened with an ellipsis where it is wider than `room`. */
export function fitText(text: string, room: number): string {
  if (textWidth(text) <= room) return text;
  let end = text.length;
  while (end > 1 && textWidth(`${text.slice(0, end).trimEnd()}…`) > room) end--;
  return `${text.slice(0, end).trimEnd()}…`;
}
