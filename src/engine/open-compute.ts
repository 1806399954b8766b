import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import plainWasm from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simdWasm from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threadedWasm from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import type { ChoiceStore } from './choice-store';
import { whyEager } from './capture';
import { DeviceError } from './device-error';
import type { BackendName, DeviceInfo } from './device-info';
import type { EngineReport } from './engine-report';
import { LAB, LabBackend, nativeKernelNames } from './lab-backend';
import { LabDevice, type DeviceKeeper } from './lab-device';
import { adapterKey, VariantChooser } from './variant-chooser';

/** Where tensors are computed from now on. One is open at a time in a page or worker. */
export interface Compute {
  info: DeviceInfo;
  /** Kernels of ours that run natively here, by name; empty where their tfjs references run instead. */
  nativeKernels(): string[];
  /** How it computed so far, for the record of a run. */
  report(): EngineReport;
  /** Rejects with a DeviceLostError, with a DeviceError when the device refuses a command, with a ShaderError for wrong WGSL. */
  failure: Promise<never>;
  /** Frees the backend, and the device unless it is kept for another. Tensors made on it are gone. */
  dispose(): void;
}

export interface ComputeOptions {
  /**
   * Where it is remembered which variants of our kernels are the fastest on this adapter. With it they are timed before
   * a captured step's first run, on graphics hardware; without it every kernel runs its default variant.
   */
  choices?: ChoiceStore;
  /** Times variants on software adapters too, where it never pays: for tests. */
  timesSoftware?: boolean;
  /** Longest that timing takes, in milliseconds. */
  timingMs?: number;
  /** Where devices come from and go back to; without it there is one for this use alone. */
  devices?: DeviceKeeper;
}

/**
 * Opens the best backend there is, or the preferred one, and makes it tfjs's current one: WebGPU with our kernels, then
 * WebAssembly on one thread, then plain JavaScript. Where WebGPU was wanted and is not to be had, `info.reason` says why and
 * what would help.
 * @throws DeviceError when not even plain JavaScript computes.
 */
export async function openCompute(
  prefer: BackendName = 'webgpu',
  options: ComputeOptions = {},
): Promise<Compute> {
  if (prefer === 'cpu') return openCpu();
  if (prefer === 'wasm') return openWasm();
  try {
    return await openWebGpu(options);
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
    return openWasm(error.message);
  }
}

async function openWebGpu({ choices, timesSoftware, timingMs, devices }: ComputeOptions): Promise<Compute> {
  const device = devices ? await devices.take() : await LabDevice.open();
  const { info, adapter, software } = device;
  let fail: (error: Error) => void = () => undefined;
  const failure = new Promise<never>((_, reject) => (fail = reject));
  failure.catch(() => undefined); // whoever races it sees it; nobody else need
  device.report(fail);
  let open = true;
  let backend: LabBackend;
  try {
    // Otherwise tfjs computes small tensors on the CPU, and neither tests nor captures see them.
    tf.env().set('WEBGPU_CPU_FORWARD', false);
    const chooser =
      choices && (!software || timesSoftware)
        ? new VariantChooser(adapterKey(info), choices, timingMs)
        : null;
    backend = new LabBackend(device, chooser);
  } catch (error) {
    device.destroy();
    throw error;
  }
  tf.registerBackend(LAB, () => backend, 10);
  await use(LAB);
  return {
    info: { backend: 'webgpu', adapter, software },
    nativeKernels: nativeKernelNames,
    report: () => backend.report(),
    failure,
    dispose() {
      if (!open) return;
      open = false;
      tf.removeBackend(LAB);
      if (devices) devices.giveBack(device);
      else device.destroy();
    },
  };
}

async function openWasm(reason?: string): Promise<Compute> {
  // Loaded only where it is needed: most browsers have WebGPU.
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  setWasmPaths({
    'tfjs-backend-wasm.wasm': plainWasm,
    'tfjs-backend-wasm-simd.wasm': simdWasm,
    'tfjs-backend-wasm-threaded-simd.wasm': threadedWasm,
  });
  // Threads need headers that static hosts cannot send, and a worker script tfjs builds from its own source text.
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  try {
    await use('wasm');
  } catch {
    return openCpu(reason ?? 'This browser could not start WebAssembly: allow it, or use a current browser.');
  }
  return fallback({ backend: 'wasm', adapter: 'WebAssembly, one thread', software: true }, reason);
}

async function openCpu(reason?: string): Promise<Compute> {
  await import('@tensorflow/tfjs-backend-cpu');
  await use('cpu');
  return fallback({ backend: 'cpu', adapter: 'plain JavaScript', software: true }, reason);
}

function fallback(info: DeviceInfo, reason: string | undefined): Compute {
  return {
    info: reason === undefined ? info : { ...info, reason },
    nativeKernels: () => [],
    report: () => ({
      ...{ features: [], kernels: [], variants: [], notes: [] },
      captured: { captured: false, reason: whyEager(info.backend) },
    }),
    failure: new Promise<never>(() => undefined), // nothing to lose
    dispose: () => undefined, // tfjs keeps one of each for the page's life
  };
}

/** Makes a backend current and waits until it computes. */
async function use(name: string): Promise<void> {
  const isReady = await tf.setBackend(name);
  if (!isReady)
    throw new DeviceError(`The ${name} backend did not start: reload the page or use a current browser.`);
  await tf.ready();
}
