/** Between two writes of the address while a control is being moved. */
const WRITE_EVERY_MS = 300;

interface Place {
  search: string;
  hash: string;
}

/** The page's address. Writes are gathered, since browsers refuse pages that write often. */
export class Address {
  #waiting: Place | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Writes over the present entry of the history, soon. */
  replace(place: Place): void {
    this.#waiting = place;
    this.#timer ??= setTimeout(() => this.flush(), WRITE_EVERY_MS);
  }

  /** Adds an entry to the history, so that Back returns here. */
  push(place: Place): void {
    this.flush();
    history.pushState(null, '', this.#urlOf(place));
  }

  /** Writes what waits, now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting) history.replaceState(null, '', this.#urlOf(this.#waiting));
    this.#waiting = null;
  }

  /** Forgets what waits: the reader has gone elsewhere. */
  forget(): void {
    this.#waiting = null;
    this.flush();
  }

  /** A whole link to a place, as it is shared. */
  static linkTo({ search, hash }: Place): string {
    return `${location.origin}${location.pathname}${search}${hash}`;
  }

  #urlOf({ search, hash }: Place): string {
    return `${location.pathname}${search}${hash}`;
  }
}
