/** The token that is pointed at, the same in all pictures of a lens. */
export class TokenCursor {
  token = $state<number | null>(null);
  /** Held in place: the pointer no longer moves it. */
  pinned = $state(false);

  moveTo(token: number): void {
    this.token = token;
  }

  togglePin(): void {
    this.pinned = !this.pinned && this.token !== null;
  }

  /** Points at nothing any more, unless it is pinned. */
  leave(): void {
    if (!this.pinned) this.token = null;
  }

  release(): void {
    this.pinned = false;
    this.token = null;
  }
}
