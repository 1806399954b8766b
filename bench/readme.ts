import { readFile, writeFile } from 'node:fs/promises';
import { byWorkload, circumstances, comparisonText, pairNotes, pairRows } from './report';
import type { Results } from './results';
import { markdownTable, type Rows } from './table';

const [START, END] = ['<!-- bench: ', '<!-- /bench -->'];

/** What the README shows of a workload's table; the rest stands in the results file. */
const COLUMNS = [
  'engine',
  'ms per step (quartiles)',
  'n',
  'script ms',
  'dispatches',
  'submits',
  'device MB',
  'GFLOP/s',
];

function shortened([head = [], ...body]: Rows): Rows {
  const places = COLUMNS.map((name) => head.indexOf(name));
  return [COLUMNS, ...body.map((row) => places.map((place) => row[place] ?? ''))];
}

/** The part of the README that comes from a results file, markers included. */
export function readmeSection(file: string, results: Results): string {
  const tables = [...byWorkload(results.pairs)].map(([workload, pairs]) =>
    [
      `**${workload}**`,
      '',
      markdownTable(shortened(pairRows(pairs))),
      ...pairNotes(pairs).flatMap((note) => ['', note]),
    ].join('\n'),
  );
  const compared = results.comparisons.map((pairs) => comparisonText(pairs).replaceAll('\n', '  \n'));
  return [`${START}${file} -->`, circumstances(results), ...tables, ...compared, END].join('\n\n');
}

/** The file that the README's figures come from. */
export function sourceOfReadme(readme: string): string | null {
  return new RegExp(`${START}(\\S+) -->`).exec(readme)?.[1] ?? null;
}

/**
 * The README with the figures of another results file.
 * @throws Error when it has no place for them.
 */
export function withSection(readme: string, section: string): string {
  const [start, end] = [readme.indexOf(START), readme.indexOf(END)];
  if (start < 0 || end < start) throw new Error(`README.md has no "${START}…" followed by "${END}".`);
  return readme.slice(0, start) + section + readme.slice(end + END.length);
}

/** The section between the markers, as it stands. */
export const currentSection = (readme: string): string =>
  readme.slice(readme.indexOf(START), readme.indexOf(END) + END.length);

/** Puts the figures of a results file into README.md. */
export async function updateReadme(file: string): Promise<void> {
  const results = JSON.parse(await readFile(file, 'utf8')) as Results;
  const readme = await readFile('README.md', 'utf8');
  await writeFile('README.md', withSection(readme, readmeSection(file, results)));
}
