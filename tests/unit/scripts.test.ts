import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, stat, symlink, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

interface Outcome {
  code: number;
  output: string;
}

/** Runs a script as a person would, in a folder of their own. */
function run(
  script: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = { cwd, env: { ...process.env, ...env } };
    execFile(
      process.execPath,
      [path.join(cwd, 'scripts', script), ...args],
      options,
      (error, stdout, stderr) => {
        resolve({ code: error ? 1 : 0, output: stdout + stderr });
      },
    );
  });
}

let project = '';
beforeAll(async () => {
  project = await mkdtemp(path.join(tmpdir(), 'seedlab-scripts-'));
  await cp('scripts', path.join(project, 'scripts'), { recursive: true });
  await cp('data', path.join(project, 'data'), { recursive: true });
  await symlink(path.resolve('node_modules'), path.join(project, 'node_modules'), 'junction');
});
afterAll(() => rm(project, { recursive: true, force: true }));

describe('prepare-data', () => {
  const prepare = (...names: string[]) => run('prepare-data.mjs', names, project);
  const shard = () => path.join(project, '.data/fashion-mnist/train-003.bin');

  it('prepares once and mends what was damaged since', { timeout: 60_000 }, async () => {
    expect(await prepare('fashion-mnist')).toMatchObject({ code: 0 });
    const size = (await stat(shard())).size;
    expect((await prepare('fashion-mnist')).output).toBe('fashion-mnist: ready\n');

    await truncate(shard(), size - 1);
    expect((await prepare('fashion-mnist')).output).toContain('Preparing fashion-mnist');
    expect((await stat(shard())).size).toBe(size);
  });

  it('refuses data that is not the official one', { timeout: 60_000 }, async () => {
    const labelsOf = (split: string) => path.join(project, 'data/fashion-mnist', `${split}-labels.br`);
    await cp(labelsOf('test'), labelsOf('train'));
    await rm(path.join(project, '.data'), { recursive: true, force: true });
    const { code, output } = await prepare('fashion-mnist');
    expect(code).toBe(1);
    expect(output).toContain('fashion-mnist could not be prepared. train-labels has SHA-256');
    await expect(stat(path.join(project, '.data/fashion-mnist'))).rejects.toThrow('ENOENT');
  });

  it('knows its data sets by name', async () => {
    const { code, output } = await prepare('imagenet');
    expect(code).toBe(1);
    expect(output).toContain('no data set "imagenet"; there are fashion-mnist, mnist, cifar-10');
  });
});

describe('find-browser', () => {
  it('says why the browser it was told to use will not do', async () => {
    const { code, output } = await run('find-browser.mjs', [], project, {
      SEEDLAB_BROWSER: '/nowhere/chrome',
    });
    expect(code).toBe(1);
    expect(output).toContain('/nowhere/chrome: it does not start');
  });
});

describe('test', () => {
  it('names the stages it knows', async () => {
    const { code, output } = await run('test.mjs', ['everything'], project);
    expect(code).toBe(1);
    expect(output).toContain('No stage everything; there are format, check, lint, unit, build');
  });
});

describe('start', () => {
  it('refuses what is no port', async () => {
    const { code, output } = await run('start.mjs', ['--port', 'http'], project);
    expect(code).toBe(1);
    expect(output).toContain('--port http is no port');
  });
});
