import { LEAST_CLASSES, MOST_CLASSES } from './class-simplex';

/** Classes drawn, each in a place that decides its colour and shape; null is a free place. */
export type ClassSlots = readonly (number | null)[];

export interface ChosenClass {
  /** Number of the class. */
  label: number;
  /** Place, which decides its colour and shape. */
  slot: number;
}

/** The first three. */
export const FIRST_CLASSES: ClassSlots = Array.from({ length: MOST_CLASSES }, (_, slot) =>
  slot < LEAST_CLASSES ? slot : null,
);

/** Classes drawn of those there are; the first three where too few of the choice exist. */
export function chosenClasses(slots: ClassSlots, classes: number): ChosenClass[] {
  const of = (from: ClassSlots) =>
    from.flatMap((label, slot) => (label !== null && label < classes ? [{ label, slot }] : []));
  const chosen = of(slots);
  return chosen.length < LEAST_CLASSES ? of(FIRST_CLASSES) : chosen;
}

/** Why a class cannot be switched on or off now; null where it can. */
export function switchProblem(chosen: readonly ChosenClass[], label: number): string | null {
  if (chosen.some((one) => one.label === label))
    return chosen.length > LEAST_CLASSES ? null : 'At least three: switch another one on first';
  return chosen.length < MOST_CLASSES ? null : 'At most four: switch one off first';
}

/** The choice after a class was switched. The others keep their places; the same choice where it cannot be switched. */
export function switchedClass(chosen: readonly ChosenClass[], label: number): ClassSlots {
  const slots: (number | null)[] = Array.from({ length: MOST_CLASSES }, () => null);
  for (const one of chosen) slots[one.slot] = one.label;
  if (switchProblem(chosen, label) !== null) return slots;
  const at = slots.indexOf(label);
  slots[at < 0 ? slots.indexOf(null) : at] = at < 0 ? label : null;
  return slots;
}
