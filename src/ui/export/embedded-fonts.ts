/** Whether a `unicode-range` such as `U+0000-00FF, U+0131` has any of some characters. */
export function hasAnyOf(range: string, codes: ReadonlySet<number>): boolean {
  if (range.trim() === '') return codes.size > 0;
  return range.split(',').some((part) => {
    const match = /U\+([0-9A-F?]+)(?:-([0-9A-F]+))?/i.exec(part);
    if (!match) return false;
    const first = match[1] ?? '';
    const from = Number.parseInt(first.replaceAll('?', '0'), 16);
    const to = Number.parseInt(match[2] ?? first.replaceAll('?', 'F'), 16);
    return [...codes].some((code) => code >= from && code <= to);
  });
}

const unquoted = (family: string): string => family.trim().replace(/^["']|["']$/g, '');

/** The page's own font faces. */
function faces(): CSSFontFaceRule[] {
  return [...document.styleSheets].flatMap((sheet) => {
    try {
      return [...sheet.cssRules].filter((rule) => rule instanceof CSSFontFaceRule);
    } catch {
      return []; // a sheet of another site, such as an extension's
    }
  });
}

async function dataUrl(url: string): Promise<string | null> {
  try {
    const response = await fetch(url);
    if (!response.ok) return null;
    const bytes = new Uint8Array(await response.arrayBuffer());
    let binary = '';
    for (const byte of bytes) binary += String.fromCharCode(byte);
    return `data:font/woff2;base64,${btoa(binary)}`;
  } catch {
    return null;
  }
}

/** Fonts that a text brings along. */
interface EmbeddedFonts {
  /** `@font-face` rules with the fonts inside. */
  rules: string;
  /** For each of them a character of the text that it is there for, a letter or digit if it can be. */
  samples: string[];
}

/**
 * The page's fonts that some text needs, so that a picture looks the same elsewhere. One that cannot be had is left out:
 * the text then takes the next family of its list.
 */
export async function embeddedFonts(families: ReadonlySet<string>, text: string): Promise<EmbeddedFonts> {
  const codes = new Set(Array.from(text.replace(/\s/g, ''), (character) => character.codePointAt(0) ?? 0));
  const needed = faces().filter(
    ({ style }) =>
      families.has(unquoted(style.getPropertyValue('font-family'))) &&
      (style.getPropertyValue('font-style') || 'normal') === 'normal' &&
      hasAnyOf(style.getPropertyValue('unicode-range'), codes),
  );
  const rules = await Promise.all(
    needed.map(async (face) => {
      const { style } = face;
      const source = /url\(["']?([^"')]+)["']?\)/.exec(style.getPropertyValue('src'))?.[1];
      const base = face.parentStyleSheet?.href ?? document.baseURI;
      const url = source === undefined ? null : await dataUrl(new URL(source, base).href);
      if (url === null) return '';
      const said = ['font-family', 'font-style', 'font-weight', 'unicode-range']
        .map((property) => [property, style.getPropertyValue(property)] as const)
        .filter(([, value]) => value !== '')
        .map(([property, value]) => `${property}:${value}`);
      return `@font-face{${[...said, `src:url(${url}) format('woff2')`].join(';')}}`;
    }),
  );
  const samples = needed.map(({ style }) => {
    const range = style.getPropertyValue('unicode-range');
    const of = [...codes]
      .filter((code) => hasAnyOf(range, new Set([code])))
      .map((code) => String.fromCodePoint(code));
    return of.find((character) => /[\p{L}\p{N}]/u.test(character)) ?? of[0] ?? 'x';
  });
  return { rules: rules.join(''), samples };
}
