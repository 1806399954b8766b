import { readBuffers } from './buffer-values';

/**
 * The scalars a step gives, step after step, kept on the device until someone asks: one row per step, read back in one
 * transfer.
 */
export class MetricRing {
  private readonly buffer: GPUBuffer;
  private filled = 0;
  private drained: Float32Array[] = [];

  /**
   * @param width scalars per step
   * @param rows steps that fit before they have to be read back
   */
  constructor(
    private readonly device: GPUDevice,
    private readonly width: number,
    private readonly rows = 1024,
  ) {
    this.buffer = device.createBuffer({
      label: 'metrics',
      size: Math.max(4, 4 * width * rows),
      usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC,
    });
  }

  get isFull(): boolean {
    return this.filled === this.rows;
  }

  /** Reads all rows back to the processor, which makes room for as many. */
  async drain(): Promise<void> {
    const size = 4 * this.filled * this.width;
    if (size === 0) return;
    this.filled = 0; // later rows are copied after this reading, so they may take the same places
    const [words] = await readBuffers(this.device, [{ buffer: this.buffer, size }]);
    if (words) this.drained.push(new Float32Array(words.buffer));
  }

  /**
   * Copies a row out of the scalars' buffers, after everything encoded so far.
   * @throws RangeError when the ring is full.
   */
  encode(encoder: GPUCommandEncoder, scalars: readonly GPUBuffer[]): void {
    if (this.isFull) throw new RangeError('the ring of metrics is full');
    for (const [i, scalar] of scalars.entries())
      encoder.copyBufferToBuffer(scalar, 0, this.buffer, 4 * (this.filled * this.width + i), 4);
    this.filled++;
  }

  /** The rows since the last reading, oldest first, row-major. */
  async read(): Promise<Float32Array> {
    await this.drain();
    const parts = this.drained;
    this.drained = [];
    const rows = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of parts) {
      rows.set(part, at);
      at += part.length;
    }
    return rows;
  }

  dispose(): void {
    this.buffer.destroy();
  }
}
