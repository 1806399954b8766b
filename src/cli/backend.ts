import path from 'node:path';
import { stderr } from 'node:process';
import * as tf from '@tensorflow/tfjs-core';
import { DeviceError } from '../engine/device-error';
import type { BackendName } from '../engine/device-info';
import type { DeviceKeeper } from '../engine/lab-device';
import { openCompute, type Compute } from '../engine/open-compute';
import { describeAdapter, isSoftware } from '../engine/open-device';
import { ChoiceFile } from './choice-file';
import type { Host } from './host';

/** Where it is remembered which kernels are the fastest on this machine's graphics card. */
const CHOICES = path.resolve('.cache/kernel-choices.jsonl');

/** Where runs compute, and why not on WebGPU where nobody asked for anything else. */
export interface Choice {
  backend: BackendName;
  /** Asked for by name: computing elsewhere will not do. */
  insisted: boolean;
  reason?: string;
  /** What to know about the choice. */
  remark?: string;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * The backend asked for, else WebGPU where it is to be had, else wasm. WebGPU on a software adapter too: replayed steps on
 * our kernels outrun wasm there, and only the first steps take longer.
 * @throws DeviceError when WebGPU was asked for and is not to be had.
 */
export async function chooseBackend(asked: BackendName | undefined, host: Host): Promise<Choice> {
  if (asked === 'wasm' || asked === 'cpu') return { backend: asked, insisted: true };
  try {
    await host.provideGpu();
    const software = asked === undefined ? await softwareAdapter() : null;
    return {
      ...{ backend: 'webgpu', insisted: asked !== undefined },
      ...(software !== null && {
        remark: `No graphics card here, so WebGPU computes on the processor (${software}). For a run of few steps --backend wasm may be done sooner.`,
      }),
    };
  } catch (error) {
    const reason = `No WebGPU here: ${messageOf(error)}`;
    if (asked === 'webgpu') throw new DeviceError(reason, { cause: error });
    return { backend: 'wasm', insisted: false, reason };
  }
}

/** The adapter's name where a processor plays the graphics card, else null. */
async function softwareAdapter(): Promise<string | null> {
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' });
  return adapter && isSoftware(adapter.info) ? describeAdapter(adapter.info) : null;
}

/**
 * Opens what was chosen, on a kept device if there is one, or the next best where nobody insists on it; its info then has
 * the reason.
 * @throws DeviceError when what was asked for cannot be opened.
 */
export async function openChosen(
  { backend, insisted, reason }: Choice,
  devices: DeviceKeeper,
): Promise<Compute> {
  tf.env().set('PROD', true); // tfjs then keeps its advertisement for tfjs-node to itself; it changes nothing else
  const compute = await openCompute(backend, { choices: new ChoiceFile(CHOICES), devices });
  if (compute.info.backend !== backend) {
    const problem = `The backend ${backend} did not open. ${compute.info.reason ?? ''}`.trim();
    if (insisted) {
      compute.dispose();
      throw new DeviceError(problem);
    }
    stderr.write(`${problem} Computing on ${compute.info.backend} instead.\n`);
  }
  return reason === undefined ? compute : { ...compute, info: { ...compute.info, reason } };
}
