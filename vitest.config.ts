import { svelte } from '@sveltejs/vite-plugin-svelte';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { dataSets } from './scripts/vite-data-sets.ts';
import { browserFlags, browserPath, withWebGpu } from './tests/support/browser-launch.ts';

/** Tests that need a GPU adapter run inside the browser; without one they fail, they are never skipped. */
const inBrowser = {
  enabled: true,
  headless: true,
  screenshotFailures: false,
  provider: playwright({
    launchOptions: {
      executablePath: browserPath,
      ignoreDefaultArgs: [
        '--headless',
        '--headless=old',
        '--hide-scrollbars',
        '--mute-audio',
        '--disable-gpu',
      ],
      args: [...browserFlags, withWebGpu],
    },
  }),
  instances: [{ browser: 'chromium' as const }],
};

/** Measurements are no tests: they run by hand, `SEEDLAB_MEASURE=1 npx vitest run --project gpu <file>`. */
const measuring = process.env['SEEDLAB_MEASURE'] !== undefined;

export default defineConfig({
  define: { __BUILD__: JSON.stringify('test') },
  worker: { format: 'es' },
  optimizeDeps: {
    // Named here so that the first run does not stop to bundle them and reload the page in the middle of a test.
    include: [
      '@tensorflow/tfjs-core',
      '@tensorflow/tfjs-core/dist/register_all_gradients',
      '@tensorflow/tfjs-core/dist/gradients/BatchMatMul_grad',
      '@tensorflow/tfjs-core/dist/gradients/GatherV2_grad',
      '@tensorflow/tfjs-core/dist/gradients/Mean_grad',
      '@tensorflow/tfjs-core/dist/gradients/Softmax_grad',
      '@tensorflow/tfjs-core/dist/gradients/Sum_grad',
      '@tensorflow/tfjs-backend-cpu',
      '@tensorflow/tfjs-backend-wasm',
      '@tensorflow/tfjs-backend-webgpu',
      'idb',
    ],
  },
  test: {
    projects: [
      {
        extends: true,
        plugins: [svelte()],
        test: {
          name: 'unit',
          environment: 'node',
          include: ['tests/unit/**/*.test.ts'],
          maxWorkers: '100%', // vitest would leave a core to itself
          testTimeout: 60_000, // some load tfjs or whole data sets, on two busy cores
        },
      },
      {
        extends: true,
        plugins: [dataSets()],
        test: {
          name: 'gpu',
          include: measuring ? ['tests/gpu/**/*.measure.ts'] : ['tests/gpu/**/*.test.ts'],
          browser: inBrowser,
          isolate: false, // files then share a device, and what is compiled for it
          fileParallelism: false, // one software adapter, few cores
          testTimeout: measuring ? 600_000 : 120_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'node-gpu',
          environment: 'node',
          include: ['tests/node-gpu/**/*.test.ts'],
          setupFiles: ['tests/support/node-gpu.mjs'],
          pool: 'forks', // the driver is named in the environment, which threads only have a copy of
          server: { deps: { inline: [/@tensorflow/] } }, // otherwise Node loads two copies of tfjs, as CommonJS and as modules
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 300_000, // Dawn may have to be installed first
        },
      },
      {
        extends: true,
        test: {
          name: 'page',
          environment: 'node',
          include: ['tests/page/**/*.test.ts'],
          fileParallelism: false, // two at once save a fifth of the time, but starve workers whose answers are timed
          // How fast a page answers is not asked here, and the machine may be busy.
          expect: { poll: { timeout: 120_000 } },
          testTimeout: 600_000,
          hookTimeout: 300_000,
        },
      },
      {
        extends: true,
        plugins: [dataSets()],
        test: {
          name: 'golden',
          include: ['tests/golden/**/*.test.ts'],
          browser: inBrowser,
          fileParallelism: false,
          testTimeout: 600_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
