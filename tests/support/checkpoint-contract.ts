import { expect, it } from 'vitest';
import type { CheckpointStore } from '../../src/run/checkpoint-store';

const never = new AbortController().signal;
const bytesOf = (...bytes: number[]) => Uint8Array.from(bytes);
const pause = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));

/** Whether a promise is still open after a while in which it could have settled. */
const isWaiting = async (promise: Promise<unknown>) =>
  (await Promise.race([promise, pause(300).then(() => 'waiting')])) === 'waiting';

/**
 * What every store of checkpoints keeps to.
 * @param open gives the same files each time, as another tab or process would see them
 */
export function checkpointContract(open: () => Promise<CheckpointStore>): void {
  it('gives back what was written, in another place too, and nothing where nothing was', async () => {
    const [here, there] = [await open(), await open()];
    expect(await here.read('contract-none')).toBeNull();
    await here.write('contract-a.1', bytesOf(1, 2, 3));
    await here.write('contract-b', bytesOf());
    expect(await there.read('contract-a.1')).toEqual(bytesOf(1, 2, 3));
    expect(await there.read('contract-b')).toEqual(bytesOf());
    await there.write('contract-a.1', bytesOf(9));
    expect(await here.read('contract-a.1')).toEqual(bytesOf(9));
    for (const name of ['contract-a.1', 'contract-b']) await here.remove(name);
    expect(await there.read('contract-a.1')).toBeNull();
    await expect(there.remove('contract-a.1')).resolves.toBeUndefined();
  });

  it('keeps the bytes as they were when they were written, whatever becomes of the array', async () => {
    const store = await open();
    const bytes = bytesOf(1, 2);
    await store.write('contract-copy', bytes);
    bytes[0] = 7;
    const read = await store.read('contract-copy');
    expect(read).toEqual(bytesOf(1, 2));
    read?.fill(0);
    expect(await store.read('contract-copy')).toEqual(bytesOf(1, 2));
    await store.remove('contract-copy');
  });

  it.each(['', '.', '..', '.hidden', 'a/b', 'a\\b', 'a b', 'a~b', 'ä', 'a'.repeat(300)])(
    'refuses the name "%s"',
    async (name) => {
      const store = await open();
      await expect(store.read(name)).rejects.toThrow(RangeError);
      await expect(store.write(name, bytesOf(1))).rejects.toThrow(RangeError);
      await expect(store.remove(name)).rejects.toThrow(RangeError);
      await expect(store.claim(name, never)).rejects.toThrow(RangeError);
    },
  );

  it('shows a reader the old bytes or the new ones, never a part', async () => {
    const [writer, reader] = [await open(), await open()];
    const size = 300_000;
    const versions = Array.from({ length: 12 }, (_, i) => new Uint8Array(size + i).fill(i));
    const name = 'contract-whole';
    await writer.write(name, versions[0] ?? bytesOf());
    const writing = (async () => {
      for (const version of versions) await writer.write(name, version);
      return true;
    })();
    do {
      const read = await reader.read(name);
      const version = read?.[0] ?? -1;
      expect(read?.length).toBe(size + version);
      expect(read?.every((byte) => byte === version)).toBe(true);
    } while (!(await Promise.race([writing, pause(0)])));
    expect((await reader.read(name))?.[0]).toBe(11);
    await writer.remove(name);
  });

  it('lets one hold a name at a time, and the others in turn', async () => {
    const [here, there] = [await open(), await open()];
    const release = await here.claim('contract-held', never);
    const second = there.claim('contract-held', never);
    expect(await isWaiting(second)).toBe(true);
    (await there.claim('contract-other', never))(); // another name is free
    await there.write('contract-held', bytesOf(1)); // a claim is not a lock on the file
    release();
    const releaseSecond = await second;
    const third = here.claim('contract-held', never);
    expect(await isWaiting(third)).toBe(true);
    releaseSecond();
    (await third)();
    release(); // once more does nothing to whoever holds it now
    await here.remove('contract-held');
  });

  it('is waited for no longer than its signal says, and then passes by the one who left', async () => {
    const store = await open();
    const release = await store.claim('contract-left', never);
    const abort = new AbortController();
    const waiting = store.claim('contract-left', abort.signal);
    expect(await isWaiting(waiting.catch(() => 'left'))).toBe(true);
    const reason = new Error('stopped');
    abort.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await expect(store.claim('contract-left', abort.signal)).rejects.toBe(reason);
    const next = store.claim('contract-left', never);
    expect(await isWaiting(next)).toBe(true);
    release();
    (await next)();
  });
}
