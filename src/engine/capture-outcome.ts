/** Whether steps are replayed, and if not, why. */
export type CaptureOutcome = { captured: true } | { captured: false; reason: string };
