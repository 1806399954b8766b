/** What the browser or its graphics device lacks, with the cure, in one sentence for the reader of the page. */
export class DeviceError extends Error {
  override name = 'DeviceError';
}

/** The graphics device went away with all that it held; what comes next is for the caller to say. */
export class DeviceLostError extends DeviceError {
  override name = 'DeviceLostError';
  /** @param detail what the browser says about it; may be empty */
  constructor(detail: string) {
    super(`The graphics device was lost${detail === '' ? '' : ` (${detail.replace(/\.$/, '')})`}.`);
  }
}

/** WGSL of ours that the device refuses: a bug of the lab, named by kernel and line. */
export class ShaderError extends Error {
  override name = 'ShaderError';
  constructor(
    readonly kernel: string,
    readonly line: number,
    problem: string,
  ) {
    super(`kernel ${kernel}, line ${String(line)}: ${problem}`);
  }
}
