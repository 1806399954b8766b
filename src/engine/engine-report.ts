import type { CaptureOutcome } from './capture-outcome';

/** A launch that runs on another variant than the default because that one was faster when timed. */
export interface VariantChoice {
  kernel: string;
  /** For people: `[64, 49, 64]·[64, 256]`. */
  shapes: string;
  variant: string;
  /** The variant that runs where nothing is timed. */
  insteadOf: string;
  /** Milliseconds per launch, as timed. */
  ms: Readonly<Record<string, number>>;
}

/** How a device computed a run: what else could differ between two runs of one setting. */
export interface EngineReport {
  /** Optional features the device has and was opened with. */
  features: readonly string[];
  /** Our own kernels that ran, by name. */
  kernels: readonly string[];
  /** Whether training steps are replayed, and if not, why; absent until known. */
  captured?: CaptureOutcome;
  /** Sorted by kernel and shapes. */
  variants: readonly VariantChoice[];
  /** What did not work and was done without, in sentences. */
  notes: readonly string[];
}
