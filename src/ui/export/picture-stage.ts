import { paletteStyle } from '../palette';

/** Names of the containers that the figure stands in, whose width style sheets may ask for. */
function containersOf(figure: HTMLElement): string {
  const names: string[] = [];
  for (let around = figure.parentElement; around; around = around.parentElement) {
    const { containerName } = getComputedStyle(around);
    if (containerName && containerName !== 'none') names.push(containerName);
  }
  return names.join(' ');
}

/** Puts in place of every list to choose from what is chosen. */
export function nameChoices(figure: HTMLElement, copy: HTMLElement): void {
  const real = [...figure.querySelectorAll('select')];
  copy.querySelectorAll('select').forEach((select, i) => {
    select.replaceWith(real[i]?.selectedOptions[0]?.textContent.trim() ?? '');
  });
}

/** Out of sight, as wide as the figure, in the light theme's colours whatever the page's. */
export function lightStage(figure: HTMLElement): HTMLElement {
  const { width } = figure.getBoundingClientRect();
  const containers = containersOf(figure);
  const stage = document.createElement('div');
  stage.ariaHidden = 'true';
  stage.inert = true;
  const tokens = [...document.styleSheets].flatMap((sheet) => {
    try {
      return [...sheet.cssRules].flatMap((rule) =>
        rule instanceof CSSStyleRule && rule.selectorText === ':root' ? [rule.style.cssText] : [],
      );
    } catch {
      return []; // a sheet of another site
    }
  });
  stage.style.cssText = [
    ...tokens,
    paletteStyle('light'),
    `position:fixed;left:-30000px;top:0;width:${width}px;color:var(--ink);background:var(--paper)`,
    containers && `container:${containers} / inline-size`,
  ].join(';');
  return stage;
}

const originals = new WeakMap<HTMLCanvasElement, HTMLCanvasElement>();

/** Remembers of every copied canvas, which is empty, what it is a copy of. */
export function pairCanvases(figure: HTMLElement, copy: HTMLElement): void {
  const real = [...figure.querySelectorAll('canvas')];
  copy.querySelectorAll('canvas').forEach((canvas, i) => {
    const original = real[i];
    if (original) originals.set(canvas, original);
  });
}

/** The canvas that a copied one stands for. */
export const originalOf = (canvas: HTMLCanvasElement): HTMLCanvasElement | undefined => originals.get(canvas);
