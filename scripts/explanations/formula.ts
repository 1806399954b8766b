import katex from 'katex';

/** What a symbol or a word of an explanation names on its page. */
export const TIE_KINDS = ['knob', 'metric', 'variant', 'figure'] as const;
export type TieKind = (typeof TIE_KINDS)[number];

/** HTML of a tied symbol, from what stands between its tags and from its plain text. */
export type WriteTie = (kind: TieKind, name: string, symbol: { html: string; text: string }) => string;

/** `\knob{lambda}{\lambda}` and its like: the symbol keeps what it names as an attribute. */
const macros = Object.fromEntries(TIE_KINDS.map((kind) => [`\\${kind}`, `{\\htmlData{tie=${kind}:#1}{#2}}`]));

/**
 * Typesets TeX with KaTeX. The MathML that KaTeX adds is what screen readers read; what is drawn is hidden from them, but for
 * tied symbols, which the caller turns into buttons.
 * @throws ParseError where the TeX is wrong or beyond KaTeX.
 */
export function formulaHtml(tex: string, displayMode: boolean, writeTie: WriteTie): string {
  const html = katex.renderToString(tex, {
    displayMode,
    macros: { ...macros },
    trust: ({ command }) => {
      if (command !== '\\htmlData') throw new Error(`${command} has no place in an explanation`);
      return true;
    },
    strict: (code) => (code === 'htmlExtension' ? 'ignore' : 'error'),
  });
  return withButtons(html.replace(/<annotation.*?<\/annotation>/, ''), writeTie);
}

interface Node {
  /** As written; '' for text and for the root. */
  open: string;
  close: string;
  text: string;
  children: Node[];
}

/** KaTeX's markup is well formed: every tag is closed, or closes itself. */
function parse(html: string): Node {
  const root: Node = { open: '', close: '', text: '', children: [] };
  const path = [root];
  for (const [token] of html.matchAll(/<[^>]+>|[^<]+/g)) {
    const top = path.at(-1) ?? root;
    if (token.startsWith('</')) {
      top.close = token;
      path.pop();
      continue;
    }
    const isTag = token.startsWith('<');
    const node: Node = { open: isTag ? token : '', close: '', text: isTag ? '' : token, children: [] };
    top.children.push(node);
    if (isTag && !token.endsWith('/>')) path.push(node);
  }
  return root;
}

const TIE =
  /^<span class="enclosing[^"]*"(?: style="[^"]*")? data-tie="([a-z]+):([^"]*)"(?: style="[^"]*")?>$/;
const textOf = (node: Node): string =>
  (node.text + node.children.map(textOf).join('')).replaceAll('\u200b', '');
const write = (node: Node): string => node.open + node.text + node.children.map(write).join('') + node.close;
const hasTie = (node: Node): boolean => TIE.test(node.open) || node.children.some(hasTie);

/** Text as TeX's attributes hold it, with the entities resolved. */
const plain = (text: string): string =>
  text
    .replaceAll('&quot;', '"')
    .replaceAll('&#x27;', "'")
    .replaceAll('&gt;', '>')
    .replaceAll('&lt;', '<')
    .replaceAll('&amp;', '&');

/** Hides all that is drawn from screen readers but tied symbols and what they stand in. */
function uncovered(node: Node, writeTie: WriteTie): string {
  const tie = TIE.exec(node.open);
  if (tie) {
    const [, kind, name = ''] = tie;
    const known = TIE_KINDS.find((word) => word === kind);
    if (!known) throw new Error(`"${kind ?? ''}" is no kind of tie`);
    return writeTie(known, plain(name), {
      html: `<span aria-hidden="true">${node.children.map(write).join('')}</span>`,
      text: plain(textOf(node)),
    });
  }
  if (hasTie(node)) {
    const inside = node.children.map((child) => uncovered(child, writeTie)).join('');
    return node.open.replace(' aria-hidden="true"', '') + inside + node.close;
  }
  if (node.open === '') return `<span aria-hidden="true">${node.text}</span>`;
  if (textOf(node).trim() === '') return write(node); // struts and rules say nothing
  return (
    node.open.replace(/^<(\w+)/, '<$1 aria-hidden="true"') + node.children.map(write).join('') + node.close
  );
}

function withButtons(html: string, writeTie: WriteTie): string {
  const drawn = html.indexOf('<span class="katex-html"');
  const root = parse(html);
  if (drawn < 0 || !hasTie(root)) return html;
  const visit = (node: Node): string => {
    if (node.open.startsWith('<span class="katex-html"')) return uncovered(node, writeTie);
    return node.open + node.text + node.children.map(visit).join('') + node.close;
  };
  return visit(root);
}
