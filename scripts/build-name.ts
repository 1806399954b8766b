import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

/**
 * Version and commit, with `-modified` where tracked files differ from it; the version alone outside a checkout.
 */
export function buildName(): string {
  try {
    const args = ['describe', '--always', '--abbrev=8', '--exclude=*', '--dirty=-modified'];
    const commit = execFileSync('git', args, { stdio: ['ignore', 'pipe', 'ignore'] });
    return `${version}-${commit.toString().trim()}`;
  } catch {
    return version; // no git, or an unpacked archive: the version still names the build
  }
}
