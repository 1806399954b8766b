import { execSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

/** Version and commit, or the version alone outside a checkout. */
export function buildName(): string {
  try {
    const commit = execSync('git rev-parse --short=8 HEAD', { stdio: ['ignore', 'pipe', 'ignore'] });
    return `${version}-${commit.toString().trim()}`;
  } catch {
    return version; // no git, or an unpacked archive: the version still names the build
  }
}
