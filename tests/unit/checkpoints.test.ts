import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execPath, pid } from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FileCheckpoints } from '../../src/cli/file-checkpoints';
import { MemoryCheckpoints } from '../../src/run/memory-checkpoints';
import { checkpointContract } from '../support/checkpoint-contract';

let folder = '';
beforeAll(async () => (folder = await mkdtemp(path.join(tmpdir(), 'seedlab-checkpoints-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('checkpoints in memory', () => {
  const store = new MemoryCheckpoints();
  checkpointContract(() => Promise.resolve(store));

  it('say why they are no better, where there is a reason', () => {
    expect(store.trouble).toBeUndefined();
    expect(new MemoryCheckpoints('a private window').trouble).toBe('a private window');
  });
});

describe('checkpoints in a folder', () => {
  checkpointContract(() => Promise.resolve(new FileCheckpoints(path.join(folder, 'new'))));

  it('leave nothing but the files behind', async () => {
    const own = path.join(folder, 'clean');
    const store = new FileCheckpoints(own);
    await store.write('model', Uint8Array.of(1));
    (await store.claim('model', new AbortController().signal))();
    expect(await readdir(own)).toEqual(['model']);
  });

  const never = new AbortController().signal;
  const claimAt = (name: string) => path.join(folder, `${name}~claim`);

  it('take over the claim of a process that is gone', async () => {
    const gone = spawnSync(execPath, ['-e', '']).pid;
    await writeFile(claimAt('gone'), `${gone} token`);
    const release = await new FileCheckpoints(folder).claim('gone', never);
    release();
    expect(await readdir(folder)).not.toContain('gone~claim');
  });

  it('take over a claim that shows no life, but leave it to its new owner then', async () => {
    const store = new FileCheckpoints(folder, 60_000);
    const former = await store.claim('still', never);
    const longAgo = new Date(Date.now() - 120_000);
    await utimes(claimAt('still'), longAgo, longAgo);
    const release = await store.claim('still', never);
    former();
    expect(await readdir(folder)).toContain('still~claim');
    release();
    expect(await readdir(folder)).not.toContain('still~claim');
  });

  it('respect a claim that is being written, and one of a living process', async () => {
    for (const text of ['', `${pid} another`]) {
      await writeFile(claimAt('fresh'), text);
      const abort = new AbortController();
      setTimeout(() => abort.abort(), 500);
      await expect(new FileCheckpoints(folder).claim('fresh', abort.signal)).rejects.toThrow('aborted');
    }
  });
});
