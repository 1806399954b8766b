import { describe, expect, it } from 'vitest';
import { MemoryCheckpoints } from '../../src/run/memory-checkpoints';
import { openCheckpoints } from '../../src/run/opfs-checkpoints';
import { checkpointContract } from '../support/checkpoint-contract';

describe('checkpoints in the browser’s private file system', () => {
  checkpointContract(() => openCheckpoints());

  it('are files in a folder of their own', async () => {
    const store = await openCheckpoints();
    expect(store.trouble).toBeUndefined();
    await store.write('where', Uint8Array.of(1, 2, 3));
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('checkpoints');
    expect((await (await folder.getFileHandle('where')).getFile()).size).toBe(3);
    await store.remove('where');
  });

  it('are the same files from within a worker, whose end gives back its claims', async () => {
    const here = await openCheckpoints();
    await here.write('from-page', Uint8Array.of(4));
    const worker = new Worker(new URL('./checkpoints-worker.ts', import.meta.url), { type: 'module' });
    const said = await new Promise((heard, failed) => {
      worker.onmessage = ({ data }) => heard(data);
      worker.onerror = ({ message }) => failed(new Error(message));
    });
    expect(said).toEqual({ trouble: undefined, read: Uint8Array.of(4) });
    expect(await here.read('from-worker')).toEqual(Uint8Array.of(5));
    const claim = here.claim('held-by-worker', new AbortController().signal);
    const isFree = () =>
      Promise.race([claim.then(() => true), new Promise((done) => setTimeout(() => done(false), 300))]);
    expect(await isFree()).toBe(false);
    worker.terminate();
    (await claim)();
    for (const name of ['from-page', 'from-worker']) await here.remove(name);
  });
});

describe('where the browser keeps nothing', () => {
  it('checkpoints are kept in memory and say why', async () => {
    const refusal = new DOMException('Storage is off in private windows', 'SecurityError');
    const store = await openCheckpoints({ getDirectory: () => Promise.reject(refusal) });
    expect(store).toBeInstanceOf(MemoryCheckpoints);
    expect(store.trouble).toContain('Storage is off in private windows');
    await store.write('a', Uint8Array.of(1));
    expect(await store.read('a')).toEqual(Uint8Array.of(1));
    expect(await (await openCheckpoints()).read('a')).toBeNull();
  });
});
