/** Something that happened to a run, drawn on the x axis. */
export interface LineTick {
  x: number;
  label: string;
}

/**
 * One curve of a chart. The columns may grow in place: as long as the same array is handed over, values already
 * counted by `length` must not change.
 */
export interface ChartLine {
  /** Stable key: the run's id, or the variant's name for a mean over seeds. */
  id: string;
  /** Written at the line's end; `''` leaves it unnamed, for example a further seed. */
  label: string;
  /** For lines that are one thing at several values: the legend names the thing once. */
  part?: { of: string; value: string };
  /** Place in the palette: 0 is the baseline, 1 the method, 2 and on the variants. */
  color: number;
  weight: 'method' | 'other' | 'seed';
  /** Opacity from 0 to 1, for lines of one colour that differ by a value; full where absent. */
  strength?: number;
  /** Ascending. */
  x: Float64Array;
  y: Float64Array;
  /** Entries of the columns that count. */
  length: number;
  /** Still training: its end carries a dot. */
  live: boolean;
  ticks?: readonly LineTick[];
}
