const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '"': '&quot;', '<': '&lt;', '>': '&gt;' };

/** Text as the content or an attribute's value of an SVG file. */
export const svgText = (text: string): string =>
  text.replace(/[&"<>]/g, (character) => ESCAPES[character] ?? '');

/** A text in rows of at most `most` characters, broken at spaces where there are any, else anywhere. */
export function rowsOf(text: string, most: number): string[] {
  const rows: string[] = [];
  let rest = text.trim();
  while (rest.length > most) {
    const space = rest.lastIndexOf(' ', most);
    const end = space > 0 ? space : most;
    rows.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return rest === '' ? rows : [...rows, rest];
}
