import { defineConfig } from 'vite';
import { buildName } from './scripts/build-name.ts';

/**
 * The benchmark, built by `scripts/bench.mjs`: the command and what it measures in Node as one bundle, with
 * `--mode page` the page that measures in a browser, with `--mode charts` the source of points for `bench/charts.mjs`.
 */
export default defineConfig(({ mode }) => {
  const shared = {
    define: { __BUILD__: JSON.stringify(buildName()) },
    publicDir: false as const,
  };
  if (mode === 'page')
    return {
      ...shared,
      root: 'bench/page',
      base: './',
      build: {
        outDir: '../../.cache/bench/page',
        emptyOutDir: true,
        target: 'es2023',
        minify: false, // programs of tfjs are named after their classes
        assetsInlineLimit: 0,
        chunkSizeWarningLimit: 10_000,
      },
    };
  if (mode === 'charts')
    return {
      ...shared,
      build: {
        outDir: '.cache/bench/charts',
        target: 'es2023',
        lib: {
          entry: 'bench/charts/point-source.ts',
          formats: ['es' as const],
          fileName: () => 'point-source.js',
        },
      },
    };
  return {
    ...shared,
    ssr: { noExternal: true }, // tfjs comes as CommonJS and as modules; two copies would not know each other's backends
    build: {
      ssr: 'bench/node.ts',
      outDir: '.cache/bench/node',
      target: 'node20',
      assetsInlineLimit: 0,
      ssrEmitAssets: true, // tfjs's wasm binaries
      rolldownOptions: {
        output: { format: 'cjs' as const, entryFileNames: '[name].cjs', chunkFileNames: '[name]-[hash].cjs' },
      },
    },
    experimental: {
      /** The address of an asset is its path here, not one on a site. Chunks lie beside the entry. */
      renderBuiltUrl: (file: string) => ({
        runtime: `require('node:path').join(__dirname, ${JSON.stringify(file)})`,
      }),
    },
  };
});
