/** The cross-hair that all charts of a page share. */
export class Cursor {
  /** Position on the x axis, in the axis' own unit. */
  x = $state<number | null>(null);
  /** Held in place: the pointer no longer moves it. */
  pinned = $state(false);
  /** Line under the pointer, emphasised in every chart. */
  nearest = $state<string | null>(null);
  /** The plot in which it was moved last. */
  movedIn = $state<string | null>(null);

  moveTo(x: number, plot: string, nearest: string | null = null): void {
    this.x = x;
    this.movedIn = plot;
    this.nearest = nearest;
  }

  togglePin(): void {
    this.pinned = !this.pinned && this.x !== null;
  }

  /** Takes the cross-hair away unless it is pinned. */
  leave(): void {
    this.nearest = null;
    if (!this.pinned) this.x = null;
  }

  /** Takes the cross-hair away. Reads nothing, so that an effect may call it without running again. */
  release(): void {
    this.pinned = false;
    this.nearest = null;
    this.x = null;
  }
}
