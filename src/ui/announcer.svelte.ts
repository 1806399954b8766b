/** Between two announcements, so that a screen reader can finish one. */
const EVERY_MS = 1200;

/** Changes of state in words, for the page's live region. What comes too quickly is said together. */
export class Announcer {
  text = $state('');
  #waiting: string[] = [];

  readonly say = (text: string): void => {
    this.#waiting.push(text);
    if (this.#waiting.length === 1) setTimeout(() => this.#flush(), this.text === '' ? 0 : EVERY_MS);
  };

  #flush(): void {
    const many = this.#waiting.length - 3;
    this.text = this.#waiting.slice(-3).join('. ') + (many > 0 ? `. And ${many} more changes` : '');
    this.#waiting = [];
  }
}
