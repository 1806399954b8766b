/** Reads buffers of the device back, from their beginning, in one transfer after everything submitted so far. */
export async function readBuffers(
  device: GPUDevice,
  sources: readonly { buffer: GPUBuffer; size: number }[],
): Promise<Uint32Array<ArrayBuffer>[]> {
  const total = sources.reduce((sum, { size }) => sum + size, 0);
  if (total === 0) return sources.map(() => new Uint32Array());
  const staging = device.createBuffer({
    label: 'read back',
    size: total,
    usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ,
  });
  try {
    const encoder = device.createCommandEncoder();
    let at = 0;
    for (const { buffer, size } of sources) {
      encoder.copyBufferToBuffer(buffer, 0, staging, at, size);
      at += size;
    }
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    const bytes = staging.getMappedRange();
    let from = 0;
    return sources.map(({ size }) => new Uint32Array(bytes.slice(from, (from += size))));
  } finally {
    staging.destroy();
  }
}

/** Reads whole buffers back. */
export const readWhole = (device: GPUDevice, buffers: readonly GPUBuffer[]) =>
  readBuffers(
    device,
    buffers.map((buffer) => ({ buffer, size: buffer.size })),
  );

/** Writes whole buffers, before everything submitted from now on. */
export function writeWhole(
  device: GPUDevice,
  buffers: readonly GPUBuffer[],
  values: readonly Uint32Array<ArrayBuffer>[],
): void {
  for (const [i, buffer] of buffers.entries()) {
    const saved = values[i];
    if (saved) device.queue.writeBuffer(buffer, 0, saved);
  }
}

/** Whether two buffers' values are the same bits; a missing one is not. */
export const isSame = (a: Uint32Array | undefined, b: Uint32Array | undefined): boolean =>
  a !== undefined && b?.length === a.length && a.every((word, i) => word === b[i]);
