import type { ProgramSource } from './programs';

/** One way to compute a launch. */
export interface Candidate {
  /** Name of the kernel's variant. */
  variant: string;
  source: ProgramSource;
  workgroups: readonly [number, number, number];
}

/** A tensor of a launch, as far as timing needs to know it. */
export interface Operand {
  /** Bytes. */
  size: number;
  isInteger: boolean;
}

/** A launch that several variants can compute. */
export interface Contest {
  /** Kernel, shapes and attributes: equal keys are the same work. */
  key: string;
  kernel: string;
  /** For people: `[64, 49, 64]·[64, 256]`. */
  shapes: string;
  /** Inputs, then outputs, as they are bound. */
  operands: readonly Operand[];
  /** The uniform `Params`. */
  params: Uint32Array<ArrayBuffer>;
  /** The default first. */
  candidates: readonly [Candidate, ...Candidate[]];
}

/** What was seen of such a launch while its step ran. */
export interface Sighting {
  contest: Contest;
  /** Copies of the operands that hold whole numbers: made-up ones could be out of range. */
  integers: ReadonlyMap<number, GPUBuffer>;
}

/** Says which variant a launch runs on. */
export interface VariantGuide {
  /**
   * Name of the variant; undefined for the default.
   * @param bufferOf an operand's buffer as it is before the launch
   */
  variantFor(
    key: string,
    contest: () => Contest,
    bufferOf: (operand: number) => GPUBuffer,
  ): string | undefined;
}
