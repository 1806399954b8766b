import { MediaQuery } from 'svelte/reactivity';
import { storedText, storeText } from './stored-text';

export const THEME_CHOICES = ['auto', 'light', 'dark'] as const;
export type ThemeChoice = (typeof THEME_CHOICES)[number];

/** Light or dark: what the reader chose, or what the system prefers. */
export class Theme {
  #choice = $state<ThemeChoice>(THEME_CHOICES.find((known) => known === storedText('theme')) ?? 'auto');
  readonly #systemDark = new MediaQuery('(prefers-color-scheme: dark)');

  get choice(): ThemeChoice {
    return this.#choice;
  }

  set choice(choice: ThemeChoice) {
    this.#choice = choice;
    storeText('theme', choice === 'auto' ? null : choice);
  }

  get shown(): 'light' | 'dark' {
    if (this.#choice !== 'auto') return this.#choice;
    return this.#systemDark.current ? 'dark' : 'light';
  }
}
