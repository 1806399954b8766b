/** Web Locks by which tabs know of each other's runs; they end with the tab that holds them. */
const lockName = (runId: string): string => `seedlab-run-${runId}`;

/** Absent outside a secure context, whatever its type says, and refused without an origin: no tab knows of another. */
const locks = (): LockManager | undefined => (globalThis.origin === 'null' ? undefined : navigator.locks);

/** Whether a run is being trained at this moment, in this tab or another. */
export async function claimsNow(): Promise<(runId: string) => boolean> {
  const state = await locks()?.query();
  const held = new Set(state?.held?.map(({ name }) => name));
  return (runId) => held.has(lockName(runId));
}

/** Waits until no tab trains the run. */
export async function whenFree(runId: string): Promise<void> {
  await locks()?.request(lockName(runId), () => undefined);
}

/** What `whileClaimed` gives where another tab trains the run. */
export const HELD = Symbol('held by another tab');

/** Tells other tabs that this one is training a run, for as long as `work` takes. Does nothing where one of them is. */
export async function whileClaimed<T>(runId: string, work: () => Promise<T>): Promise<T | typeof HELD> {
  const manager = locks();
  if (!manager) return work();
  return manager.request(lockName(runId), { ifAvailable: true }, (lock) => (lock ? work() : HELD));
}
