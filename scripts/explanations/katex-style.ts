/** The fonts that formulas of explanations are set in; a test holds the explanations to them. */
const FONTS = [
  'KaTeX_Main-Regular',
  'KaTeX_Math-Italic',
  'KaTeX_Size1-Regular',
  'KaTeX_Size2-Regular',
  'KaTeX_Size3-Regular',
  'KaTeX_Size4-Regular',
];

/** Classes of KaTeX's markup that ask for a font beyond these. */
const OTHER_FONTS =
  /\b(mathbf|textbf|mathit|textit|boldsymbol|amsrm|mathbb|textbb|mathcal|mathfrak|textfrak|mathscr|textscr|mathsf|textsf|mathtt|texttt)\b/;

/** The first class in the markup whose font the site does not carry; null where there is none. */
export function missingFont(html: string): string | null {
  const classes = [...html.matchAll(/class="([^"]*)"/g)].map(([, names = '']) => names).join(' ');
  return OTHER_FONTS.exec(classes)?.[0] ?? null;
}

/** KaTeX's style sheet with the fonts in use, each in the one format that every browser with WebGPU reads. */
export function neededFonts(style: string): string {
  return style.replace(/@font-face\s*\{[^}]*\}/g, (face) => {
    const file = /url\(([^)]*\/([^/)]+)\.woff2)\)/.exec(face);
    const [, address, name = ''] = file ?? [];
    if (address === undefined || !FONTS.includes(name)) return '';
    return face.replace(/src:[^;}]*/, `src: url(${address}) format('woff2')`);
  });
}
