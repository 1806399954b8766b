/** Cells of a table, the first row being its head. */
export type Rows = readonly (readonly string[])[];

const columnsOf = (rows: Rows): number[] =>
  (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));

/** Columns padded to one width, the first to the left and the others to the right. */
export function textTable(rows: Rows): string {
  const widths = columnsOf(rows);
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** The same as Markdown, laid out as Prettier does. */
export function markdownTable(rows: Rows): string {
  const widths = columnsOf(rows).map((width) => Math.max(3, width));
  const line = (row: readonly string[]) =>
    `| ${widths.map((width, column) => (row[column] ?? '').padEnd(width)).join(' | ')} |`;
  const [head = [], ...body] = rows;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [line(head), rule, ...body.map(line)].join('\n');
}
