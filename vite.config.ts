import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { buildName } from './scripts/build-name.ts';
import { dataSets } from './scripts/vite-data-sets.ts';
import { explanations } from './scripts/vite-explanations.ts';

export default defineConfig({
  base: './', // works from any sub-path
  plugins: [svelte(), explanations(), dataSets()],
  worker: { format: 'es' }, // keeps experiments and tfjs in chunks of their own inside the worker
  define: { __BUILD__: JSON.stringify(buildName()) },
  build: { target: 'es2023', assetsInlineLimit: 0 },
});
