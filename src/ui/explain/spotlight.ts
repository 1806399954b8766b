/** A symbol or word of an explanation, and what it names: a control, curves, a variant's rows, or a figure. */
export interface Tie {
  kind: string;
  /** The text by which the page shows it. */
  label: string;
}

/** Marks what is lit; `lit.css` says how that looks. */
const LIT = 'data-lit';

export function tieOf(element: Element | null): Tie | null {
  const symbol = element?.closest<HTMLElement>('[data-tie]');
  const { tie: kind, label } = symbol?.dataset ?? {};
  return kind !== undefined && label !== undefined ? { kind, label } : null;
}

/** Elements of the page that a tie names, as far as they are there. */
export function namedBy({ kind, label }: Tie, page: ParentNode): HTMLElement[] {
  const all = (selector: string) => [...page.querySelectorAll<HTMLElement>(selector)];
  if (kind === 'knob') return all('[data-control]').filter(({ dataset }) => dataset['control'] === label);
  if (kind === 'variant') return all('[data-variant]').filter(({ dataset }) => dataset['variant'] === label);
  const figures = all('figure').filter((figure) => titleOf(figure) === label);
  if (figures.length > 0) return figures;
  if (kind === 'metric')
    return all('th[scope="col"]').filter(({ textContent }) => textContent.split(', ')[0]?.trim() === label);
  return all('h2, h3').filter(({ textContent }) => textContent.trim().startsWith(label));
}

/** A chart's title, without the unit that stands behind it. */
function titleOf(figure: HTMLElement): string {
  const id = figure.getAttribute('aria-labelledby');
  const title = id === null ? null : document.getElementById(id);
  const [first] = title?.childNodes ?? [];
  return first?.textContent?.trim() ?? '';
}

/** What a part of the page is called in ties; null for parts that none names. */
export function nameOfPart(element: Element | null): Tie | null {
  const part = element?.closest<HTMLElement>('[data-control], figure');
  if (!part) return null;
  const { control } = part.dataset;
  return control === undefined ? { kind: 'metric', label: titleOf(part) } : { kind: 'knob', label: control };
}

/** The tied symbols that name it. */
export const symbolsOf = ({ kind, label }: Tie, explanation: ParentNode): HTMLElement[] =>
  [...explanation.querySelectorAll<HTMLElement>('[data-tie]')].filter(
    ({ dataset }) => dataset['tie'] === kind && dataset['label'] === label,
  );

/** Something folded away is shown by what would unfold it: the summary of the outermost. */
function visibleStandIn(part: HTMLElement): HTMLElement {
  const folded = foldsAround(part).at(-1);
  return folded?.querySelector<HTMLElement>('summary') ?? part;
}

/** The closed details around an element, innermost first. */
function foldsAround(part: HTMLElement): HTMLDetailsElement[] {
  const found: HTMLDetailsElement[] = [];
  for (let at = part.parentElement; at; at = at.parentElement)
    if (at instanceof HTMLDetailsElement && !at.open) found.push(at);
  return found;
}

/** Lights some elements, or what would unfold them, in place of what was lit before. */
export class Spotlight {
  #lit: readonly HTMLElement[] = [];

  light(parts: readonly HTMLElement[]): void {
    for (const part of this.#lit) part.removeAttribute(LIT);
    this.#lit = parts.map(visibleStandIn);
    for (const part of this.#lit) part.setAttribute(LIT, '');
  }
}

/** Unfolds what hides an element and moves the page so far that it can be seen. */
export function bringIntoView(part: HTMLElement, block: ScrollLogicalPosition = 'nearest'): void {
  for (const fold of foldsAround(part)) fold.open = true;
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  part.scrollIntoView({ block, behavior: calm ? 'auto' : 'smooth' });
}
