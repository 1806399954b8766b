/** Numbers with their shape, row-major. */
export interface NumberArray {
  shape: readonly number[];
  values: Float32Array | Int32Array | Uint8Array;
}

/** What a lens draws: named arrays as they stood after `step` completed steps. */
export interface Snapshot {
  /** What is pictured, for example `routing`. A run gives many snapshots of one name, one per step at most. */
  name: string;
  step: number;
  arrays: Readonly<Record<string, NumberArray>>;
}
