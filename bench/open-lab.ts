import * as tf from '@tensorflow/tfjs-core';
import { gradientsNow, stockGradients, useGradients } from './gradients';
import { LAB, asLab, type LabBackend } from '../src/engine/lab-backend';
import { openCompute } from '../src/engine/open-compute';
import { DeviceError } from '../src/engine/device-error';
import '../src/kernels/native';

const ownGradients = gradientsNow();

/** Our backend, open. */
export interface OpenLab {
  backend: LabBackend;
  adapter: string;
  software: boolean;
  /** Makes it tfjs's current one, with our gradients. */
  activate(): Promise<void>;
  /** Resolves when the device has done all there is to do. */
  done(): Promise<void>;
}

let opening: Promise<OpenLab> | null = null;

/**
 * Opens our backend once for all engines that run on it.
 * @throws DeviceError where there is no WebGPU.
 */
export const openLab = (): Promise<OpenLab> => (opening ??= open());

async function open(): Promise<OpenLab> {
  if (stockGradients.get(tf.Sum) === ownGradients.get(tf.Sum))
    throw new Error("tfjs's own gradients were noted after ours had replaced them");
  const { info } = await openCompute('webgpu');
  if (info.backend !== 'webgpu') throw new DeviceError(info.reason ?? 'WebGPU is not to be had here.');
  const backend = asLab(tf.backend());
  return {
    backend,
    adapter: info.adapter,
    software: info.software,
    async activate() {
      await tf.setBackend(LAB);
      useGradients(ownGradients);
    },
    async done() {
      backend.submitPending();
      await backend.device.queue.onSubmittedWorkDone();
    },
  };
}
