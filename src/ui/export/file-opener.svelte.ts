import type { Lab } from '../lab.svelte';
import type { OpenedFile } from './open-file';

/** Opens files that readers drop on the page or choose, one after another, and keeps what became of them. */
export class FileOpener {
  /** What became of the files opened last; empty while there is nothing to tell. */
  told = $state.raw<readonly OpenedFile[]>([]);
  /** Name of the file being opened. */
  opening = $state.raw<string | null>(null);

  /** @param desk what the files are opened on, which is loaded where it is not there yet */
  constructor(private readonly desk: () => Promise<Lab>) {}

  async open(files: readonly File[]): Promise<void> {
    if (files.length === 0 || this.opening !== null) return;
    this.told = [];
    for (const file of files) {
      this.opening = file.name;
      this.told = [...this.told, await this.#open(file)];
    }
    this.opening = null;
  }

  dismiss(): void {
    this.told = [];
  }

  async #open(file: File): Promise<OpenedFile> {
    try {
      // Only those who open files need to load this.
      const { openFile } = await import('./open-file');
      return await openFile(await this.desk(), file);
    } catch {
      const text = `${file.name} was not opened, because a part of this page could not be loaded. Check the connection and try again.`;
      return { opened: false, text };
    }
  }
}
