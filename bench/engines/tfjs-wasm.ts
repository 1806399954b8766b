import { version_core } from '@tensorflow/tfjs-core';
import { openCompute } from '../../src/engine/open-compute';
import { tfjsEngine } from '../tfjs-engine';

export default tfjsEngine(
  `tfjs ${version_core} on WebAssembly with SIMD, one thread, as on a page without special headers`,
  false,
  async () => {
    const { info } = await openCompute('wasm');
    if (info.backend !== 'wasm') throw new Error(info.reason ?? 'WebAssembly did not start.');
    return {
      name: 'wasm',
      adapter: info.adapter,
      submit: () => undefined,
      done: () => Promise.resolve(), // it computes while it is called
    };
  },
);
