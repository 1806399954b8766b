/**
 * The run that a lens shows: the reader's choice while it is there, else the method's newest that has something to show,
 * else the newest that has, else the method's newest, else the newest.
 * @param isMethod whether a variant is the experiment's method
 * @param hasSomething whether a run has what the lens draws
 */
export function chosenRun<R extends { id: string; variant: string }>(
  runs: readonly R[],
  choice: string | null,
  isMethod: (variant: string) => boolean,
  hasSomething: (run: R) => boolean,
): R | null {
  const ready = runs.filter(hasSomething);
  const ofMethod = ({ variant }: R) => isMethod(variant);
  return (
    runs.find(({ id }) => id === choice) ??
    ready.findLast(ofMethod) ??
    ready.at(-1) ??
    runs.findLast(ofMethod) ??
    runs.at(-1) ??
    null
  );
}
