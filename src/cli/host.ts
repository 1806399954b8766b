/** What the command takes from the script that started it: all that installs, downloads or is not bundled. */
export interface Host {
  /** Folder that holds one folder per prepared data set; ends with a slash. */
  dataRoot: URL;
  /** Makes a data set ready to be read unless it is. Rejects in plain words. */
  prepareData(name: string): Promise<void>;
  /** Gives this process `navigator.gpu` with an adapter. Rejects with the reason, in a sentence. */
  provideGpu(): Promise<void>;
  /** Lets go of it, so that the process can end. */
  releaseGpu(): void;
}
