import type { DeviceError } from './device-error';
import { openDevice, watchDevice, type OpenDevice } from './open-device';
import { Programs } from './programs';
import type { Pipelines } from './tfjs-private';

/**
 * A device of ours with all that was compiled for it. It may serve one backend after another: tensors and buffers are a
 * backend's own and go with it, programs stay.
 */
export class LabDevice implements OpenDevice {
  readonly device: GPUDevice;
  readonly info: GPUAdapterInfo;
  readonly adapter: string;
  readonly software: boolean;
  /** Our own kernels. */
  readonly programs: Programs;
  /** tfjs's kernels. */
  readonly pipelines: Pipelines = {};
  #isWell = true;
  #tell: ((error: Error) => void) | null = null;

  private constructor({ device, info, adapter, software }: OpenDevice) {
    this.device = device;
    this.info = info;
    this.adapter = adapter;
    this.software = software;
    this.programs = new Programs(device, (error) => {
      this.#isWell = false;
      this.#tell?.(error);
    });
    watchDevice(device, (error) => this.#hear(error));
  }

  /** @throws DeviceError where there is none to be had. */
  static async open(): Promise<LabDevice> {
    return new LabDevice(await openDevice());
  }

  /** True while nothing has gone wrong on it. */
  get isWell(): boolean {
    return this.#isWell;
  }

  /** From now on `tell` hears of what goes wrong, or nobody does. It may be called more than once. */
  report(tell: ((error: Error) => void) | null): void {
    this.#tell = tell;
  }

  destroy(): void {
    this.#isWell = false;
    this.#tell = null;
    this.device.destroy();
  }

  #hear(error: DeviceError): void {
    this.#isWell = false;
    const tell = this.#tell;
    // A refused shader makes later commands invalid too; the shader's own error is the one that explains.
    const report = () => tell?.(error);
    this.programs.settled().then(report, report);
  }
}

/** Keeps a device from one use to the next, as long as it is well: compiling is most of what a new one takes. */
export class DeviceKeeper {
  #kept: LabDevice | null = null;

  /** @throws DeviceError where there is none to be had. */
  async take(): Promise<LabDevice> {
    const kept = this.#kept;
    this.#kept = null;
    if (kept?.isWell) return kept;
    kept?.destroy();
    return LabDevice.open();
  }

  /** Takes one back after its use. */
  giveBack(device: LabDevice): void {
    device.report(null);
    if (device.isWell && !this.#kept) this.#kept = device;
    else device.destroy();
  }

  /** Gives the kept device up. */
  close(): void {
    this.#kept?.destroy();
    this.#kept = null;
  }
}
