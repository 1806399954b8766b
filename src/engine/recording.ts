import type { CapturePool } from './capture-pool';

/** One dispatch, ready to be encoded again. */
export interface Command {
  pipeline: GPUComputePipeline;
  bindings: GPUBindGroup;
  workgroups: readonly [number, number, number];
}

/** Commands other than dispatches. A replay does not repeat them, so a step that sends one cannot be captured. */
const transfers = [
  'copyBufferToBuffer',
  'copyBufferToTexture',
  'copyTextureToBuffer',
  'copyTextureToTexture',
  'clearBuffer',
  'resolveQuerySet',
] as const;

/** What one step sent to the device, which data it used, and what it did that no replay could repeat. */
export class Recording {
  readonly commands: Command[] = [];
  /** Why the step cannot be replayed, in words; empty when it can. */
  readonly problems = new Set<string>();
  /** Data from before the step that it read or changed, with their buffers. */
  readonly outer = new Map<object, GPUBuffer>();
  /** Those of them that it changed where they lie. */
  readonly state = new Map<object, GPUBuffer>();
  /** Data made by the step itself. */
  readonly created = new Set<object>();
  private isPaused = false;

  /** @param beforeChange called with the buffer of state that is about to be changed */
  constructor(
    readonly pool: CapturePool,
    private readonly beforeChange: (buffer: GPUBuffer) => void = () => undefined,
  ) {}

  /** Notes that this data, bound already, is about to be changed where it lies. */
  noteChange(dataId: object): void {
    const buffer = this.outer.get(dataId);
    if (!buffer) return;
    this.beforeChange(buffer);
    this.state.set(dataId, buffer);
  }

  /** Notes every dispatch that goes through this encoder from now on. */
  observe(encoder: GPUCommandEncoder): void {
    const begin = encoder.beginComputePass.bind(encoder);
    encoder.beginComputePass = (descriptor) => {
      const pass = begin(descriptor);
      this.observePass(pass);
      return pass;
    };
    for (const name of transfers) {
      const transfer = (Reflect.get(encoder, name) as (...args: unknown[]) => unknown).bind(encoder);
      Reflect.set(encoder, name, (...args: unknown[]) => {
        if (!this.isPaused) this.problems.add('it reads values back or copies buffers');
        return transfer(...args);
      });
    }
  }

  /** Runs something that is done once and for all, and not again by replays. */
  outside(run: () => void): void {
    this.isPaused = true;
    try {
      run();
    } finally {
      this.isPaused = false;
    }
  }

  private observePass(pass: GPUComputePassEncoder): void {
    let pipeline: GPUComputePipeline | null = null;
    let bindings: GPUBindGroup | null = null;
    const setPipeline = pass.setPipeline.bind(pass);
    pass.setPipeline = (next) => setPipeline((pipeline = next));
    const setBindGroup = pass.setBindGroup.bind(pass);
    pass.setBindGroup = (index: number, group: GPUBindGroup | null | undefined) => {
      bindings = group ?? null;
      setBindGroup(index, group);
    };
    const dispatch = pass.dispatchWorkgroups.bind(pass);
    pass.dispatchWorkgroups = (x, y = 1, z = 1) => {
      dispatch(x, y, z);
      if (pipeline && bindings) this.commands.push({ pipeline, bindings, workgroups: [x, y, z] });
    };
  }
}

/** Whether two runs of a step sent the same programs for the same sizes, in the same order. */
export function isSameWork({ commands: a }: Recording, { commands: b }: Recording): boolean {
  return (
    a.length === b.length &&
    a.every(({ pipeline, workgroups }, i) => {
      const other = b[i];
      return pipeline === other?.pipeline && workgroups.join() === other.workgroups.join();
    })
  );
}

/**
 * Sends the commands to the device once more, in order.
 * @param submits into how many pieces the work is cut, so that other users of the device get their turn in between
 * @param finish encodes what comes after the last command
 */
export function replay(
  device: GPUDevice,
  commands: readonly Command[],
  submits: number,
  finish: (encoder: GPUCommandEncoder) => void,
): void {
  const length = Math.max(1, Math.ceil(commands.length / submits));
  for (let from = 0; ; from += length) {
    const to = Math.min(commands.length, from + length);
    const encoder = device.createCommandEncoder({ label: 'replay' });
    const pass = encoder.beginComputePass();
    let current: GPUComputePipeline | null = null;
    for (const { pipeline, bindings, workgroups } of commands.slice(from, to)) {
      if (pipeline !== current) pass.setPipeline((current = pipeline));
      pass.setBindGroup(0, bindings);
      pass.dispatchWorkgroups(workgroups[0], workgroups[1], workgroups[2]);
    }
    pass.end();
    if (to === commands.length) finish(encoder);
    device.queue.submit([encoder.finish()]);
    if (to === commands.length) return;
  }
}
