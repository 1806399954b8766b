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
  /** Whether the others are held against this line; where no line says so, against those of colour 0. */
  reference?: boolean;
}

/** One of several seeds that are drawn together. */
export interface SeedLine extends ChartLine {
  /** Of each point; equal steps are averaged. */
  step: Float64Array;
}

/** Seeds of one setting, drawn as their mean with a t-interval around it and themselves faint behind. */
export interface SeedGroup extends Pick<
  ChartLine,
  'id' | 'label' | 'part' | 'color' | 'weight' | 'strength' | 'reference'
> {
  members: readonly SeedLine[];
  /** Equal steps have equal x, as on every axis but that of seconds. */
  sharedX: boolean;
  /** The mean alone, as of an earlier setting that steps back. */
  meanOnly?: boolean;
}

/** A stretch of the x axis that is marked, or, where both its ends are one, a place on it. */
export interface XRange {
  id: string;
  from: number;
  /** Infinity for the end of the axis. */
  to: number;
  /** Written at its top where there is room; `''` leaves it unnamed. */
  label: string;
  /** Place in the palette; grey where absent. */
  color?: number;
  /** Opacity of the rule at its beginning, from 0 to 1; full where absent. */
  strength?: number;
  /** Only the rule at its beginning. */
  bare?: boolean;
}

/** A strip of the y axis that is shaded, such as differences that count as none. */
export interface YStrip {
  from: number;
  to: number;
  label: string;
}
