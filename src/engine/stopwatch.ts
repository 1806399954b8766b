import type { Program } from './programs';

/** One dispatch, to be repeated. */
export interface Timed {
  program: Program;
  bindings: GPUBindGroup;
  workgroups: readonly [number, number, number];
}

/** Measures dispatches by the device's own clock where it has one, by ours around the wait for the device where not. */
export class Stopwatch {
  private readonly stamps: { querySet: GPUQuerySet; resolved: GPUBuffer; readable: GPUBuffer } | null;

  constructor(private readonly device: GPUDevice) {
    this.stamps = device.features.has('timestamp-query')
      ? {
          querySet: device.createQuerySet({ type: 'timestamp', count: 2 }),
          resolved: device.createBuffer({
            label: 'timestamps',
            size: 16,
            usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
          }),
          readable: device.createBuffer({
            label: 'timestamps',
            size: 16,
            usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ,
          }),
        }
      : null;
  }

  /** Milliseconds that repetitions must take to be told from the clock's grain; browsers round their clocks. */
  get grainMs(): number {
    return this.stamps ? 3 : 10;
  }

  /** Milliseconds per dispatch, over `repetitions` in one pass. */
  async measure({ program, bindings, workgroups }: Timed, repetitions: number): Promise<number> {
    const { device, stamps } = this;
    const encoder = device.createCommandEncoder({ label: 'timing' });
    const pass = encoder.beginComputePass(
      stamps
        ? {
            timestampWrites: {
              querySet: stamps.querySet,
              beginningOfPassWriteIndex: 0,
              endOfPassWriteIndex: 1,
            },
          }
        : {},
    );
    pass.setPipeline(program.pipeline);
    pass.setBindGroup(0, bindings);
    for (let i = 0; i < repetitions; i++) pass.dispatchWorkgroups(...workgroups);
    pass.end();
    if (stamps) {
      encoder.resolveQuerySet(stamps.querySet, 0, 2, stamps.resolved, 0);
      encoder.copyBufferToBuffer(stamps.resolved, 0, stamps.readable, 0, 16);
    }
    const startedAt = performance.now();
    device.queue.submit([encoder.finish()]);
    if (!stamps) {
      await device.queue.onSubmittedWorkDone();
      return (performance.now() - startedAt) / repetitions;
    }
    await stamps.readable.mapAsync(GPUMapMode.READ);
    const wallMs = performance.now() - startedAt;
    const [start = 0n, end = 0n] = new BigInt64Array(stamps.readable.getMappedRange().slice(0));
    stamps.readable.unmap();
    // Some drivers reset their clock now and then.
    const spentMs = Number(end - start) / 1e6;
    return (spentMs > 0 && spentMs <= wallMs ? spentMs : wallMs) / repetitions;
  }

  dispose(): void {
    this.stamps?.querySet.destroy();
    this.stamps?.resolved.destroy();
    this.stamps?.readable.destroy();
  }
}
