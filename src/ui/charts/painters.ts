import type { Ink } from './ink';
import type { CanvasColours } from './theme-colours';

/** Draws what a canvas shows once more, with other ink and colours. */
export type Painter = (ink: Ink, colours: CanvasColours) => void;

/** How the canvases of charts draw what they show now, for those who save it as a picture. */
export const painters = new WeakMap<HTMLCanvasElement, Painter>();
