import type { Card } from '../../src/run/card';
import type { Explanation, ExplanationSection } from '../../src/ui/explain/explanation';
import { formulaHtml, TIE_KINDS, type TieKind, type WriteTie } from './formula.ts';

/** What names in an explanation are looked up in. */
export interface Place {
  card: Card;
  /** Sources of the experiment's lens, in which its figures are named. */
  lens: string;
}

/** Names up to this length stay on one line. */
const MOST_UNBROKEN = 12;

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/**
 * What a tie names, in words, and the text by which the page finds it.
 * @throws Error naming what the experiment does not have.
 */
function resolve({ card, lens }: Place, kind: TieKind, name: string): { label: string; spoken: string } {
  const refuse = (known: readonly string[]): never => {
    throw new Error(
      `Explanation of ${card.id}: there is no ${kind} "${name}"${known.length > 0 ? `; it has ${known.join(', ')}` : ''}`,
    );
  };
  if (kind === 'knob') {
    const knob = Object.hasOwn(card.knobs, name) ? card.knobs[name] : undefined;
    if (!knob) return refuse(Object.keys(card.knobs));
    return { label: knob.label, spoken: `the control “${knob.label}”` };
  }
  if (kind === 'metric') {
    const info = Object.hasOwn(card.metrics, name) ? card.metrics[name] : undefined;
    if (!info) return refuse(Object.keys(card.metrics));
    if (info.shownIn === 'lens')
      throw new Error(
        `Explanation of ${card.id}: metric "${name}" is drawn by the lens alone; tie its figure`,
      );
    return {
      label: info.label,
      spoken: `the ${info.shownIn === 'table' ? 'column' : 'curves'} “${info.label}”`,
    };
  }
  if (kind === 'variant') {
    if (!Object.hasOwn(card.variants, name)) return refuse(Object.keys(card.variants));
    return { label: name, spoken: `the variant ${name}` };
  }
  if (!lens.includes(name)) return refuse([]);
  return { label: name, spoken: `the figure “${name}”` };
}

/** A small part of Markdown: sections, paragraphs, lists, formulas, emphasis, links, and links that tie. */
export function compileExplanation(text: string, place: Place): Explanation {
  const tie: WriteTie = (kind, name, symbol) => {
    const { label, spoken } = resolve(place, kind, name);
    return (
      `<span class="tie${symbol.text.length <= MOST_UNBROKEN ? ' unbroken' : ''}" role="button" tabindex="0" data-tie="${kind}" data-label="${escaped(label)}"` +
      ` aria-label="${escaped(symbol.text)}: ${escaped(spoken)}" title="${escaped(spoken[0]?.toUpperCase() ?? '')}${escaped(spoken.slice(1))}">` +
      `${symbol.html}</span>`
    );
  };

  const words = (source: string): string =>
    escaped(source)
      .replace(/\*\*(.+?)\*\*/g, '<strong>$1</strong>')
      .replace(/(?<![\w_])_(.+?)_(?![\w_])/g, '<em>$1</em>');
  const linked = (source: string): string =>
    source
      .split(/(\[[^\]]+\]\([^)]+\))/)
      .map((part) => {
        const link = /^\[(?<label>[^\]]+)\]\((?<scheme>[a-z]+):(?<target>[^)]+)\)$/.exec(part)?.groups;
        if (!link) return words(part);
        const { label = '', scheme = '', target = '' } = link;
        const kind = TIE_KINDS.find((known) => known === scheme);
        if (kind) return tie(kind, target.replaceAll('%20', ' '), { html: words(label), text: label });
        if (scheme !== 'https')
          throw new Error(`Explanation of ${place.card.id}: "${scheme}" is no kind of tie`);
        return `<a href="https:${escaped(target)}" rel="noreferrer">${words(label)}</a>`;
      })
      .join('');
  const inline = (source: string): string =>
    source
      .split(/(\$[^$]+\$[.,;:)]*)/)
      .map((part) => {
        const [, tex, after = ''] = /^\$([^$]+)\$([.,;:)]*)$/.exec(part) ?? [];
        if (tex === undefined) return linked(part);
        const formula = formulaHtml(tex, false, tie);
        return after ? `<span class="unbroken">${formula}${after}</span>` : formula;
      })
      .join('');

  const block = (source: string): string => {
    const display = /^\$\$([\s\S]+)\$\$$/.exec(source)?.[1];
    if (display !== undefined) return `<div class="formula">${formulaHtml(display.trim(), true, tie)}</div>`;
    const oneLine = (lines: string) => lines.replace(/\s*\n\s*/g, ' ').trim();
    if (!source.startsWith('- ')) return `<p>${inline(oneLine(source))}</p>`;
    const items = source.slice(2).split(/\n- /);
    return `<ul>${items.map((item) => `<li>${inline(oneLine(item))}</li>`).join('')}</ul>`;
  };

  const sections = text
    .trim()
    .split(/^# /m)
    .filter((part) => part.trim() !== '')
    .map((part): ExplanationSection => {
      const [title = '', ...lines] = part.split('\n');
      const blocks = lines
        .join('\n')
        .trim()
        .split(/\n{2,}/);
      return { title: title.trim(), html: blocks.map(block).join('') };
    });
  const differences = sections.find(({ title }) => title === DIFFERENCES);
  const others = sections.filter((section) => section !== differences);
  if (!differences || others.map(({ title }) => title).join() !== SECTIONS.join())
    throw new Error(
      `Explanation of ${place.card.id}: its sections should be ${[...SECTIONS, DIFFERENCES].join('; ')}`,
    );
  return { sections: others, differences };
}

/** The sections of every explanation, in their order. */
const SECTIONS = ['The idea', 'What to watch', 'The claim, and what would refute it'];
const DIFFERENCES = 'How this differs from the paper';
