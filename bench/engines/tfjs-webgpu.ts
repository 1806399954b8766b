import * as tf from '@tensorflow/tfjs-core';
import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { describeAdapter } from '../../src/engine/open-device';
import { tfjsEngine } from '../tfjs-engine';

/** Limits that tfjs raises to the adapter's own, as its registration does. */
const RAISED_LIMITS = [
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
  'maxStorageBufferBindingSize',
  'maxBufferSize',
  'maxComputeWorkgroupSizeX',
  'maxComputeInvocationsPerWorkgroup',
] as const;

/** tfjs registers its backend in browsers only; this does the same anywhere. */
async function stockBackend(): Promise<WebGPUBackend> {
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) throw new Error('There is no graphics adapter.');
  const device = await adapter.requestDevice({
    requiredFeatures: (['timestamp-query', 'bgra8unorm-storage'] as const).filter((feature) =>
      adapter.features.has(feature),
    ),
    requiredLimits: Object.fromEntries(RAISED_LIMITS.map((limit) => [limit, adapter.limits[limit]])),
  });
  return new WebGPUBackend(device, adapter.info);
}

export default tfjsEngine(`tfjs ${tf.version_core} on its own WebGPU backend`, true, async () => {
  // On, it computes small tensors on the processor; off, as on our backend, all of a step is on the device.
  tf.env().set('WEBGPU_CPU_FORWARD', false);
  const backend = await stockBackend();
  tf.removeBackend('webgpu');
  tf.registerBackend('webgpu', () => backend);
  await tf.setBackend('webgpu');
  await tf.ready();
  const { queue, adapterInfo } = backend.device;
  return {
    name: 'webgpu',
    adapter: describeAdapter(adapterInfo),
    submit() {
      backend.ensureCommandEncoderReady();
      backend.endComputePassEncoder();
      backend.submitQueue();
    },
    done: async () => {
      await queue.onSubmittedWorkDone();
    },
  };
});
