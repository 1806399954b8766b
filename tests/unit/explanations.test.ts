import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compileExplanation } from '../../scripts/explanations/compile';
import { missingFont, neededFonts } from '../../scripts/explanations/katex-style';
import { cards } from '../../src/experiments/cards';

const folder = (id: string) => `src/experiments/${id}`;
const textOf = (id: string) => readFileSync(`${folder(id)}/explanation.md`, 'utf8');
const lensOf = (id: string) =>
  readdirSync(`${folder(id)}/lens`)
    .map((name) => readFileSync(`${folder(id)}/lens/${name}`, 'utf8'))
    .join('\n');
const card = [...cards.values()].find(({ id }) => id === 'tract');
if (!card) throw new Error('no card');
const place = { card, lens: 'text="First-layer filters"' };

/** An explanation with this for its idea. */
const about = (idea: string): string =>
  `# The idea\n\n${idea}\n\n# What to watch\n\nx\n\n# The claim, and what would refute it\n\nx\n\n# How this differs from the paper\n\n- x\n`;
const idea = (source: string): string => compileExplanation(about(source), place).sections[0]?.html ?? '';

describe.each([...cards.values()])('the explanation of $id', (experiment) => {
  const source = textOf(experiment.id);
  const { sections, differences } = compileExplanation(source, {
    card: experiment,
    lens: lensOf(experiment.id),
  });
  const html = [...sections, differences].map((section) => section.html).join('');

  test('has 200 to 400 words, and two to five central formulas', () => {
    const words = source
      .slice(0, source.indexOf('# How this differs'))
      .replace(/\$\$[\s\S]*?\$\$/g, ' ')
      .replace(/\$[^$]*\$/g, 'x')
      .replace(/\]\([^)]*\)/g, ']')
      .split(/\s+/)
      .filter((word) => /[\p{L}\d]/u.test(word));
    expect(words.length).toBeGreaterThanOrEqual(200);
    expect(words.length).toBeLessThanOrEqual(400);
    const formulas = html.match(/class="formula"/g)?.length ?? 0;
    expect(formulas).toBeGreaterThanOrEqual(2);
    expect(formulas).toBeLessThanOrEqual(5);
  });

  test('ties symbols to controls and curves, each with a name, none hidden from screen readers', () => {
    const ties = [...html.matchAll(/<span class="tie[^"]*"[^>]*>/g)].map(([tag]) => tag);
    for (const kind of ['knob', 'metric', 'figure'])
      expect(ties.filter((tag) => tag.includes(`data-tie="${kind}"`)).length).toBeGreaterThan(0);
    for (const tag of ties) {
      expect(tag).toContain('role="button" tabindex="0"');
      expect(/aria-label="[^": ][^"]*: the (control|curves|column|variant|figure) [^"]+"/.test(tag)).toBe(
        true,
      );
    }
    expect(hiddenTies(html)).toEqual([]);
    expect(/data-tie="\w+:/.test(html)).toBe(false); // none that the compiler overlooked
  });

  test('every formula has MathML, and no font that the site does not carry', () => {
    expect(html.match(/class="katex"/g)?.length).toBe(html.match(/<math /g)?.length);
    expect(html).not.toContain('annotation');
    expect(missingFont(html)).toBeNull();
  });

  test('is well formed and has nothing that runs', () => {
    const open: string[] = [];
    for (const [, slash, name = '', rest = ''] of html.matchAll(/<(\/?)([a-z]\w*)((?:"[^"]*"|[^>"])*)>/gi))
      if (slash === '/') expect(open.pop()).toBe(name);
      else if (!rest.endsWith('/')) open.push(name);
    expect(open).toEqual([]);
    expect(/<script|\son\w+=|javascript:/i.test(html)).toBe(false);
  });

  test('is found by unmistakable names', () => {
    const labels = Object.values(experiment.knobs).map(({ label }) => label);
    for (const [, label = ''] of html.matchAll(/data-tie="knob" data-label="([^"]*)"/g))
      expect(labels.filter((known) => known === label)).toHaveLength(1);
  });

  test('says honestly what is other than in the paper', () => {
    expect(differences.html.match(/<li>/g)?.length).toBeGreaterThanOrEqual(5);
    expect(differences.html).toContain('<strong>Not reproduced.</strong>');
  });
});

/** Every tag and text of some markup, and whether something around it hides it from screen readers. */
function parts(html: string): { part: string; hidden: boolean }[] {
  const hidden: boolean[] = [];
  return [...html.matchAll(/<(\/?)[a-z]\w*((?:"[^"]*"|[^>"])*)>|[^<]+/gi)].map(([part, slash, rest]) => {
    if (slash === '/') hidden.pop();
    else if (rest !== undefined && !rest.endsWith('/'))
      hidden.push(hidden.at(-1) === true || rest.includes('aria-hidden="true"'));
    return { part, hidden: hidden.at(-1) === true };
  });
}

const hiddenTies = (html: string) =>
  parts(html).flatMap(({ part, hidden }) => (hidden && part.includes('class="tie') ? [part] : []));
const spoken = (html: string): string =>
  parts(html)
    .flatMap(({ part, hidden }) => (hidden || part.startsWith('<') ? [] : [part]))
    .join('')
    .replaceAll('\u200b', '');

describe('the compiler', () => {
  test('a name that the experiment does not have stops the build, and says which and what there is', () => {
    expect(() => idea('$\\knob{lamda}{\\lambda}$')).toThrow(
      /tract: there is no knob "lamda"; it has update, lambda/,
    );
    expect(() => idea('[x](metric:loss)')).toThrow('there is no metric "loss"');
    expect(() => idea('$\\variant{TrAkt}{G}$')).toThrow('there is no variant "TrAkt"');
    expect(() => idea('[x](figure:Filters%20of%20old)')).toThrow('there is no figure "Filters of old"');
    expect(() => idea('[x](knobs:lambda)')).toThrow('"knobs" is no kind of tie');
    expect(() => idea('[x](javascript:alert)')).toThrow('is no kind of tie');
  });

  test('wrong TeX stops it, too, and so does a missing section', () => {
    expect(() => idea('$\\frac{1$')).toThrow(/KaTeX/);
    expect(() => idea('$\\href{https://x.y}{z}$')).toThrow();
    expect(() => compileExplanation('# The idea\n\nx\n', place)).toThrow('its sections should be');
  });

  test('a tied symbol is a button with the symbol in its name; what is drawn beside it is hidden', () => {
    const html = idea('$$\n\\knob{lambda}{\\lambda} + \\frac{x}{R}\n$$');
    expect(html).toContain('data-tie="knob" data-label="λ" aria-label="λ: the control “λ”"');
    expect(hiddenTies(html)).toEqual([]);
    expect(spoken(html)).toBe('λ+xR'); // of the MathML
  });

  test('a formula without ties is hidden as a whole; its MathML is read', () => {
    expect(idea('$x + y$')).toMatch(/<math .*<span class="katex-html" aria-hidden="true">/);
  });

  test('text is text: emphasis, links, and no markup of its own', () => {
    const html = idea('**A** _b_ <img src=x> [c](https://d.e/f)');
    expect(html).toContain('<strong>A</strong> <em>b</em> &lt;img src=x&gt;');
    expect(html).toContain('<a href="https://d.e/f" rel="noreferrer">c</a>');
  });

  test('a variant’s name may have spaces', () => {
    expect(
      idea('$\\variant{Patch norm}{x}$ [y](variant:Patch%20norm)').match(/data-label="Patch norm"/g),
    ).toHaveLength(2);
  });
});

describe('KaTeX’s style', () => {
  const style = neededFonts(readFileSync('node_modules/katex/dist/katex.css', 'utf8'));

  test('keeps the fonts in use, as woff2 only', () => {
    const files = [...style.matchAll(/url\(fonts\/([^)]*)\)/g)].map(([, file]) => file);
    expect(files).toContain('KaTeX_Math-Italic.woff2');
    expect(files.every((file) => file?.endsWith('.woff2'))).toBe(true);
    expect(files.length).toBeLessThan(10);
  });

  test('a font beyond them is noticed', () => {
    expect(missingFont(idea('$\\mathbb{R}$'))).toBe('mathbb');
    expect(missingFont(idea('$\\mathcal{L}$'))).toBe('mathcal');
    expect(missingFont(idea('$x_{i_j} + \\mathrm{sg}$'))).toBeNull();
  });
});
