import { execSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { dataSets } from './scripts/vite-data-sets.ts';

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

/** Version and commit, or the version alone outside a checkout. */
function buildName(): string {
  try {
    const commit = execSync('git rev-parse --short=8 HEAD', { stdio: ['ignore', 'pipe', 'ignore'] });
    return `${version}-${commit.toString().trim()}`;
  } catch {
    return version; // no git, or an unpacked archive: the version still names the build
  }
}

export default defineConfig({
  base: './', // works from any sub-path
  plugins: [svelte(), dataSets()],
  worker: { format: 'es' }, // keeps experiments and tfjs in chunks of their own inside the worker
  define: { __BUILD__: JSON.stringify(buildName()) },
  build: { target: 'es2023', assetsInlineLimit: 0 },
});
