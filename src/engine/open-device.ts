import { DeviceError, DeviceLostError } from './device-error';

export interface OpenDevice {
  device: GPUDevice;
  info: GPUAdapterInfo;
  /** Vendor, architecture and description, as far as the browser tells. */
  adapter: string;
  /** True where a processor plays the graphics card. */
  software: boolean;
}

const wantedFeatures: readonly GPUFeatureName[] = [
  'subgroups',
  'shader-f16',
  'timestamp-query',
  'subgroup-size-control' as GPUFeatureName, // newer than the typings
];

/** Limits a kernel or a large tensor may run into; the defaults are far below what most adapters have. */
const wantedLimits = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupSizeZ',
  'maxComputeWorkgroupsPerDimension',
] as const;

const softwareNames = /swiftshader|llvmpipe|lavapipe|softpipe|basic render|\bwarp\b/i;

/** Whether a processor plays this adapter's graphics card. */
export function isSoftware(info: GPUAdapterInfo): boolean {
  return (
    info.isFallbackAdapter || softwareNames.test(`${info.architecture} ${info.device} ${info.description}`)
  );
}

/** One line for the page: whatever the browser is willing to say, without repeating itself. */
export function describeAdapter(info: GPUAdapterInfo): string {
  const words = [info.vendor, info.architecture, info.description].filter((word) => word !== '');
  return words.length > 0 ? [...new Set(words)].join(' ') : 'unnamed adapter';
}

/**
 * Asks for the fastest adapter and a device of our own on it, with the optional features the adapter has and with the
 * adapter's own limits rather than the smallest ones every adapter must have.
 * @throws DeviceError saying what is missing and how to get it.
 */
export async function openDevice(): Promise<OpenDevice> {
  const gpu = (globalThis.navigator as Partial<Navigator> | undefined)?.gpu;
  if (!gpu) {
    throw new DeviceError(
      !globalThis.isSecureContext
        ? 'This page is not in a secure context, so the browser hides WebGPU: open it over https or from localhost.'
        : 'This browser has no WebGPU: use Chrome or Edge 113, Safari 26, Firefox 141 or newer.',
    );
  }
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) {
    throw new DeviceError(
      'This browser knows WebGPU but offers no graphics adapter: turn on hardware acceleration in its settings or update the graphics driver.',
    );
  }
  const requiredFeatures = wantedFeatures.filter((feature) => adapter.features.has(feature));
  const requiredLimits = Object.fromEntries(wantedLimits.map((limit) => [limit, adapter.limits[limit]]));
  const device = await adapter
    .requestDevice({ label: 'lab', requiredFeatures, requiredLimits })
    .catch((cause: unknown) => {
      throw new DeviceError(
        'The graphics adapter gave no device: close other pages that use the graphics card and reload this one.',
        { cause },
      );
    });
  return {
    device,
    info: adapter.info,
    adapter: describeAdapter(adapter.info),
    software: isSoftware(adapter.info),
  };
}

/**
 * Watches a device for the two things nobody asks about: that it goes away, and errors outside every error scope.
 * `report` may be called more than once; deliberate destruction is reported too, as loss.
 */
export function watchDevice(device: GPUDevice, report: (error: DeviceError) => void): void {
  void device.lost.then(({ message }) => report(new DeviceLostError(message)));
  device.addEventListener('uncapturederror', ({ error }) => {
    report(
      error instanceof GPUOutOfMemoryError
        ? new DeviceError('The graphics memory is full: choose a smaller batch or model.', { cause: error })
        : new DeviceError(`The graphics device refused a command: ${error.message}`, { cause: error }),
    );
  });
}
