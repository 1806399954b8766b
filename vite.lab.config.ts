import { defineConfig } from 'vite';
import { buildName } from './scripts/build-name.ts';

/** The command line: the worker's code as one bundle for Node, built by `scripts/lab/bundle.mjs`, which says where to. */
export default defineConfig({
  define: { __BUILD__: JSON.stringify(buildName()) },
  publicDir: false,
  ssr: { noExternal: true }, // tfjs comes as CommonJS and as modules; two copies would not know each other's backends
  build: {
    ssr: 'src/cli/main.ts',
    target: 'node20',
    assetsInlineLimit: 0,
    ssrEmitAssets: true, // tfjs's wasm binaries
    // tfjs and its wasm loader ask for `require` and `__dirname` when they find themselves in Node.
    rolldownOptions: {
      output: { format: 'cjs', entryFileNames: '[name].cjs', chunkFileNames: '[name]-[hash].cjs' },
    },
  },
  experimental: {
    /** The address of an asset is its path here, not one on a site. Chunks lie beside the entry. */
    renderBuiltUrl: (file) => ({ runtime: `require('node:path').join(__dirname, ${JSON.stringify(file)})` }),
  },
});
