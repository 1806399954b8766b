import { colourOf } from '../../palette';

/** Palette's first colour of a class: those of the baseline, and of the method, stay theirs. */
const FIRST = 2;
/** Circle, square, triangle, diamond, as the charts' markers are numbered. */
const SHAPES = [1, 0, 2, 3];

/** CSS colour of a class's place. */
export const slotColour = (slot: number): string => colourOf(FIRST + slot);

/** Shape of its marker, a second sign beside the colour. */
export const slotShape = (slot: number): number => SHAPES[slot] ?? 1;

/** Of classes that are not chosen. */
export const OTHER_COLOUR = 'var(--ink-faint)';
