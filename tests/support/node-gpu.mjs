import { afterAll } from 'vitest';
import { provideGpu, releaseGpu } from '../../scripts/lab/dawn.mjs';

// Gives a test in Node the WebGPU that the command line has.
await provideGpu();
afterAll(() => {
  releaseGpu();
});
