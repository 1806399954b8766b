import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { kill, pid } from 'node:process';
import { setTimeout } from 'node:timers/promises';
import { checkName, type CheckpointStore } from '../run/checkpoint-store';

/** Between two attempts at a claim. */
const RETRY_MS = 200;
/** How often a claim shows that it is still meant. */
const BEAT_MS = 5000;
/** A claim that has shown nothing for so long has been left behind, whatever now runs under its process's number. */
const STALE_MS = 60_000;

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

/** The promise's value; null where there is no such file. */
const ifThere = <T>(found: Promise<T>): Promise<T | null> =>
  found.catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  });

function isAlive(process: number): boolean {
  try {
    kill(process, 0);
    return true;
  } catch (error) {
    return hasCode(error, 'EPERM'); // alive, and somebody else's
  }
}

/**
 * Checkpoints in a folder. A file is written beside the old one and renamed. A claim is a file that its owner's process
 * number stands in; one whose owner has gone is taken over. Two that take it over in the same instant may both end up
 * with it: that repeats work and spoils nothing, since files are only ever replaced whole.
 */
export class FileCheckpoints implements CheckpointStore {
  /** @param staleMs after how long a claim that shows no life is taken over */
  constructor(
    private readonly folder: string,
    private readonly staleMs = STALE_MS,
  ) {}

  async read(name: string): Promise<Uint8Array | null> {
    const buffer = await ifThere(readFile(this.fileOf(name)));
    return buffer && Uint8Array.from(buffer); // a Buffer's own `slice` copies nothing
  }

  async write(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const file = this.fileOf(name);
    const fresh = `${file}~${randomUUID()}`; // no checkpoint's name has a tilde
    await mkdir(this.folder, { recursive: true });
    try {
      await writeFile(fresh, bytes, { flush: true });
      await rename(fresh, file);
    } finally {
      await rm(fresh, { force: true });
    }
  }

  async remove(name: string): Promise<void> {
    await rm(this.fileOf(name), { force: true });
  }

  async claim(name: string, signal: AbortSignal): Promise<() => void> {
    const claim = `${this.fileOf(name)}~claim`;
    const mine = `${pid} ${randomUUID()}`;
    await mkdir(this.folder, { recursive: true });
    for (;;) {
      signal.throwIfAborted();
      if (await this.isTaken(claim, mine)) break;
      if (await this.isLeft(claim)) await rm(claim, { force: true });
      else await setTimeout(RETRY_MS);
    }
    const beat = setInterval(() => {
      const now = new Date();
      utimes(claim, now, now).catch(() => undefined); // taken over meanwhile, or the folder removed
    }, BEAT_MS).unref();
    return () => {
      clearInterval(beat);
      // At once, since the process may be about to end.
      if (existsSync(claim) && readFileSync(claim, 'utf8') === mine) rmSync(claim, { force: true });
    };
  }

  /** Whether the claim was free and is now marked as `mine`. */
  private async isTaken(claim: string, mine: string): Promise<boolean> {
    try {
      await writeFile(claim, mine, { flag: 'wx' });
      return true;
    } catch (error) {
      if (hasCode(error, 'EEXIST')) return false;
      throw error;
    }
  }

  /** Whether whoever made the claim has gone. */
  private async isLeft(claim: string): Promise<boolean> {
    const [owner, times] = await Promise.all([ifThere(readFile(claim, 'utf8')), ifThere(stat(claim))]);
    if (owner === null || times === null) return false; // given back just now: it is to be had the usual way
    if (Date.now() - times.mtimeMs > this.staleMs) return true;
    const process = Number.parseInt(owner, 10); // not a number while it is still being written
    return process > 0 && !isAlive(process);
  }

  private fileOf(name: string): string {
    checkName(name);
    return path.join(this.folder, name);
  }
}
