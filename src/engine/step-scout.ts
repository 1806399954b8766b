import type { Contest, Sighting, VariantGuide } from './contest';
import type { LabBackend } from './lab-backend';

/**
 * Goes along while a step runs once on the default variants: notes the launches that several variants could compute, and
 * keeps a copy of all state before its first change, so that the step can be undone.
 */
export class StepScout implements VariantGuide {
  readonly sightings = new Map<string, Sighting>();
  private readonly saved = new Map<GPUBuffer, GPUBuffer>();

  constructor(private readonly backend: LabBackend) {}

  variantFor(key: string, contest: () => Contest, bufferOf: (operand: number) => GPUBuffer): undefined {
    if (this.sightings.has(key)) return;
    const seen = contest();
    const integers = seen.operands.flatMap(({ isInteger }, i) =>
      isInteger ? [[i, this.copyOf(bufferOf(i))] as const] : [],
    );
    this.sightings.set(key, { contest: seen, integers: new Map(integers) });
  }

  /** Called before state in this buffer is changed. */
  beforeChange(buffer: GPUBuffer): void {
    if (!this.saved.has(buffer)) this.saved.set(buffer, this.copyOf(buffer));
  }

  /** Puts all state back to what it was before the step. */
  undo(): void {
    const { device } = this.backend;
    this.backend.submitPending();
    const encoder = device.createCommandEncoder({ label: 'undo' });
    for (const [buffer, copy] of this.saved) encoder.copyBufferToBuffer(copy, 0, buffer, 0, buffer.size);
    device.queue.submit([encoder.finish()]);
  }

  dispose(): void {
    for (const copy of this.saved.values()) copy.destroy();
    for (const { integers } of this.sightings.values()) for (const copy of integers.values()) copy.destroy();
    this.saved.clear();
    this.sightings.clear();
  }

  /** A copy of the values after everything encoded so far; encoded apart, since it is no part of the step. */
  private copyOf(buffer: GPUBuffer): GPUBuffer {
    const { device } = this.backend;
    this.backend.submitPending();
    const copy = device.createBuffer({
      label: 'scout',
      size: buffer.size,
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC,
    });
    const encoder = device.createCommandEncoder({ label: 'scout' });
    encoder.copyBufferToBuffer(buffer, 0, copy, 0, buffer.size);
    device.queue.submit([encoder.finish()]);
    return copy;
  }
}
