/** What reached the device. */
export interface Counts {
  dispatches: number;
  submits: number;
  buffers: number;
  /** Buffers given back to the device. */
  destroyed: number;
  bindGroups: number;
  pipelines: number;
}

const watched = [
  ['dispatches', GPUComputePassEncoder.prototype, 'dispatchWorkgroups'],
  ['submits', GPUQueue.prototype, 'submit'],
  ['buffers', GPUDevice.prototype, 'createBuffer'],
  ['destroyed', GPUBuffer.prototype, 'destroy'],
  ['bindGroups', GPUDevice.prototype, 'createBindGroup'],
  ['pipelines', GPUDevice.prototype, 'createComputePipeline'],
] as const;

/** Counts what reaches any device while `run` runs. */
export async function counting(run: () => void | Promise<void>): Promise<Counts> {
  const counts: Counts = { dispatches: 0, submits: 0, buffers: 0, destroyed: 0, bindGroups: 0, pipelines: 0 };
  const stops = watched.map(([name, prototype, method]) => {
    const original = Reflect.get(prototype, method) as (...args: unknown[]) => unknown;
    Reflect.set(prototype, method, function (this: unknown, ...args: unknown[]) {
      counts[name]++;
      return original.apply(this, args);
    });
    return () => Reflect.set(prototype, method, original);
  });
  try {
    await run();
  } finally {
    for (const stop of stops) stop();
  }
  return counts;
}
