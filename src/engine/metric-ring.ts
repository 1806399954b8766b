import { readBuffers } from './buffer-values';

/** Most rows, and most bytes unless a single row has more. */
const ROWS = 1024;
const BYTES = 8 * 2 ** 20;

/**
 * The numbers a step gives, step after step, kept on the device until someone asks: one row per step, read back in one
 * transfer.
 */
export class MetricRing {
  private readonly buffer: GPUBuffer;
  /** Numbers in a row. */
  private readonly width: number;
  /** Steps that fit before they have to be read back. */
  private readonly rows: number;
  private filled = 0;
  private drained: Float32Array[] = [];

  /**
   * @param lengths how many numbers each of the step's outputs has
   * @param rows most steps that are kept before they have to be read back
   */
  constructor(
    private readonly device: GPUDevice,
    private readonly lengths: readonly number[],
    rows = ROWS,
  ) {
    this.width = lengths.reduce((sum, length) => sum + length, 0);
    this.rows = Math.max(1, Math.min(rows, Math.floor(BYTES / (4 * this.width))));
    this.buffer = device.createBuffer({
      label: 'metrics',
      size: Math.max(4, 4 * this.width * this.rows),
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
   * Copies a row out of the outputs' buffers, after everything encoded so far.
   * @throws RangeError when the ring is full.
   */
  encode(encoder: GPUCommandEncoder, outputs: readonly GPUBuffer[]): void {
    if (this.isFull) throw new RangeError('the ring of metrics is full');
    let at = this.filled * this.width;
    for (const [i, output] of outputs.entries()) {
      const length = this.lengths[i] ?? 0;
      encoder.copyBufferToBuffer(output, 0, this.buffer, 4 * at, 4 * length);
      at += length;
    }
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
