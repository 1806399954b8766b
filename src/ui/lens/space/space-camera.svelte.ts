import { OBLIQUE, pulled, viewAfterKey, type View } from './rotation';

/** From where one picture of space is seen. */
export class SpaceCamera {
  view = $state.raw<View>(OBLIQUE);
  /** Goes round by itself, slowly, until the reader takes hold. */
  turning = $state(false);

  look(view: View): void {
    this.view = view;
    this.turning = false;
  }

  /** Pulls the near side to the right and down, in radians. */
  pull(right: number, down: number): void {
    this.view = pulled(this.view, right, down);
  }

  /** @returns whether the key turned anything */
  press(key: string, far: boolean): boolean {
    const next = viewAfterKey(this.view, key, far);
    if (next) this.look(next);
    return next !== null;
  }
}
