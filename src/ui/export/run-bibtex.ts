import type { Card } from '../../run/card';

/** What is cited beside the paper: a setting of this page and what it ran on. */
export interface CitedSetting {
  /** Whole address. */
  url: string;
  /** Preset's label. */
  preset: string;
  variants: readonly string[];
  seeds: string;
  build: string;
  /** Short digests of the setting and, where a run has told it, of the data. */
  specDigest: string;
  dataDigest: string | undefined;
  date: Date;
}

const SPECIAL: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '{': '\\{',
  '}': '\\}',
  $: '\\$',
  '&': '\\&',
  '#': '\\#',
  _: '\\_',
  '%': '\\%',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
};

/** Text as BibTeX and LaTeX take it. */
const escaped = (text: string): string =>
  text.replace(/[\\{}$&#_%~^]/g, (character) => SPECIAL[character] ?? '');

const keyOf = (bibtex: string): string | undefined => /^\s*@\w+\{\s*([^,\s]+)/.exec(bibtex)?.[1];

/** A BibTeX entry of the runs that a setting asks for. `biblatex` and `hyperref` print the `url` as it is. */
export function bibtexOfSetting(card: Card, cited: CitedSetting): string {
  const { url, preset, variants, seeds, build, specDigest, dataDigest, date } = cited;
  const paper = keyOf(card.seed.bibtex);
  const note = [
    `Preset ${escaped(preset)}: ${variants.map(escaped).join(', ')}; seeds ${seeds}`,
    `setting digest ${specDigest}`,
    ...(dataDigest === undefined ? [] : [`data digest ${dataDigest}`]),
    ...(paper === undefined ? [] : [`method of \\cite{${paper}}`]),
  ].join('; ');
  const fields: [string, string][] = [
    ['title', `${escaped(card.title)}, run in the browser`],
    ['howpublished', `Seedlab, build ${escaped(build)}`],
    ['year', String(date.getFullYear())],
    ['month', String(date.getMonth() + 1)],
    ['url', url],
    ['urldate', localDay(date)],
    ['note', note],
  ];
  const body = fields.map(([name, value]) => `  ${name} = {${value}}`).join(',\n');
  return `@misc{seedlab-${card.id}-${specDigest},\n${body}\n}`;
}

function localDay(date: Date): string {
  const two = (number: number): string => String(number).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
