/** One variant of a preset as it was run. All lists go by seed. */
export interface MeasuredVariant {
  /** As links name it. */
  name: string;
  /** Digest of what its runs computed: figures of a preset that has changed since are found by it. */
  specDigest: string;
  seeds: readonly number[];
  /** Last value of each metric of the table. One that the runs did not tell is left out. */
  values: Readonly<Record<string, readonly number[] | undefined>>;
  /** Multiply-accumulates of one image's forward pass. */
  flopsPerImage: number;
  /** Training clock over the second half of the run, so that neither compiling nor the first steps count. */
  msPerStep: readonly number[];
}

/** What a preset showed when it was run. `npm run lab -- run … --measured <file>` writes it; the card imports it. */
export interface Measured {
  preset: string;
  /** Where all of it was computed. */
  device: string;
  /** Of the latest run, as 2026-11-22. */
  date: string;
  build: string;
  /** Runs all of it again. */
  command: string;
  /** What a reader of the figures should know, written by hand: a sentence, or several. */
  remark?: string;
  variants: readonly MeasuredVariant[];
}
