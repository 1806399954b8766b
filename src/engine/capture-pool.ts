import type { BufferPool } from './tfjs-private';

/**
 * Buffers that belong to one captured step alone: no tensor made elsewhere can come to lie where a replay writes. Within
 * the step a buffer is used again once tfjs has released it, as in any other pool; replays repeat that order.
 */
export class CapturePool implements BufferPool {
  numBytesUsed = 0;
  numBytesAllocated = 0;
  private readonly own = new Set<GPUBuffer>();
  private readonly pinned = new Set<GPUBuffer>();
  private readonly free = new Map<string, GPUBuffer[]>();

  /** @param outside takes back what was acquired before the capture */
  constructor(
    private readonly device: GPUDevice,
    private readonly outside: BufferPool,
  ) {}

  acquireBuffer(size: number, usage: GPUBufferUsageFlags, mappedAtCreation = false): GPUBuffer {
    // What the processor fills is filled once, yet read by every replay: it keeps its buffer for itself.
    const isPinned = mappedAtCreation || (usage & GPUBufferUsage.UNIFORM) !== 0;
    const again = isPinned ? undefined : this.free.get(keyOf(size, usage))?.pop();
    const buffer = again ?? this.device.createBuffer({ size, usage, mappedAtCreation });
    if (!again) {
      this.own.add(buffer);
      this.numBytesAllocated += size;
      if (isPinned) this.pinned.add(buffer);
    }
    this.numBytesUsed += size;
    return buffer;
  }

  releaseBuffer(buffer: GPUBuffer, reuse = true): void {
    if (!this.own.has(buffer)) {
      this.outside.releaseBuffer(buffer, reuse);
      return;
    }
    if (this.pinned.has(buffer)) return;
    const key = keyOf(buffer.size, buffer.usage);
    const free = this.free.get(key);
    if (free) free.push(buffer);
    else this.free.set(key, [buffer]);
    this.numBytesUsed -= buffer.size;
  }

  getNumUsedBuffers(): number {
    return this.own.size - this.getNumFreeBuffers();
  }

  getNumFreeBuffers(): number {
    return [...this.free.values()].reduce((sum, { length }) => sum + length, 0);
  }

  /** Leaves a buffer out of `dispose`, because a tensor that outlives the capture lies in it. */
  abandon(buffer: GPUBuffer): void {
    if (this.own.delete(buffer)) this.numBytesAllocated -= buffer.size;
  }

  dispose(): void {
    for (const buffer of this.own) buffer.destroy();
    this.own.clear();
    this.pinned.clear();
    this.free.clear();
    this.numBytesUsed = 0;
    this.numBytesAllocated = 0;
  }
}

const keyOf = (size: number, usage: GPUBufferUsageFlags): string => `${size} ${usage}`;
