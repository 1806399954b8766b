/** What the command's exit code says. */
export const EXIT = {
  done: 0,
  /** A run failed, or its data could not be had. */
  failed: 1,
  /** Wrong arguments, a bad link or a setting that cannot run. */
  refused: 2,
  /** The backend asked for is not to be had. */
  noDevice: 3,
  /** Ctrl-C, as shells count it. */
  interrupted: 130,
} as const;
