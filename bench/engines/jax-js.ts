import { defaultDevice, getWebGPUDevice, init } from '@jax-js/jax';
import { describeAdapter } from '../../src/engine/open-device';
import type { Engine } from '../engine';

export default {
  description: 'jax-js on WebGPU, the whole step in one jitted function',
  usesGpu: true,
  async open() {
    const devices = await init('webgpu');
    if (!devices.includes('webgpu')) throw new Error('jax-js found no WebGPU here.');
    defaultDevice('webgpu');
    const { queue, adapterInfo } = getWebGPUDevice();
    return {
      adapter: describeAdapter(adapterInfo),
      trainer(problem, initial) {
        const task = problem.jax?.(initial);
        if (!task) return Promise.resolve(null);
        let isCompiled = false;
        return Promise.resolve({
          activate: () => Promise.resolve(),
          step() {
            if (isCompiled) {
              task.step();
              return undefined;
            }
            isCompiled = true;
            return task.firstStep();
          },
          done: async () => {
            await queue.onSubmittedWorkDone();
          },
          isWarm: () => true,
          loss: () => task.loss(),
          note: () => null,
          dispose() {
            task.dispose();
          },
        });
      },
    };
  },
} satisfies Engine;
