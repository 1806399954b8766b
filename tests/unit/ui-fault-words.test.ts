import { describe, expect, test } from 'vitest';
import { faultText, faultTitle, type Ended } from '../../src/ui/fault-words';
import { leftoversOf, runOfFile } from '../../src/ui/storage/stored-files';
import { bytesOfRecord, storageUse } from '../../src/ui/storage/storage-use';
import { bytesText, lossText } from '../../src/ui/storage/storage-words';
import type { RunRecord } from '../../src/run/record';

const ended = (name: string, message: string, more: Partial<Ended> = {}): Ended => ({
  fault: { name, message },
  ...{ step: 1240, checkpoint: 1200, resumable: true, build: __BUILD__ },
  ...more,
});
const LOST = 'The graphics device was lost (driver reset).';

describe('what happened, what was kept and what to do', () => {
  test('a closed page', () => {
    const closed = ended('PageClosed', 'The page was closed at step 1240.');
    expect(`${faultTitle(closed.fault)}. ${faultText(closed)}`).toBe(
      'Interrupted. The page was closed at step 1240. Kept: the curves up to step 1,240 and a checkpoint at step 1,200. Resume continues from step 1,200, to the same numbers as without a break.',
    );
  });

  test('a lost device', () => {
    const lost = ended('DeviceLostError', LOST);
    expect(faultTitle(lost.fault)).toBe('Graphics device lost');
    const text = faultText(lost);
    expect(text).toMatch(/^The graphics device was lost \(driver reset\)\. Kept: .* Resume continues/);
    expect(text).toMatch(
      /If it is lost again, close other pages that use the graphics card, or choose a smaller batch\.$/,
    );
  });

  test('without a checkpoint', () => {
    const text = faultText(
      ended('WorkerError', 'out of memory', { checkpoint: undefined, resumable: false }),
    );
    expect(text).toBe(
      'The worker that trained this run broke off: out of memory. Kept: the curves up to step 1,240; there is no checkpoint to go on from. Start anew trains it from its first step.',
    );
  });

  test('before the first step', () => {
    const nothing = { step: 0, checkpoint: undefined, resumable: false };
    expect(faultText(ended('DataError', 'mnist/train-000.bin is not there.', nothing))).toBe(
      'mnist/train-000.bin is not there. It had not taken a step yet, so nothing is lost. Other runs go on. Once the file is there, Train begins it again.',
    );
  });

  test('another build, which cannot go on', () => {
    const text = faultText(ended('PageClosed', 'The page was closed.', { resumable: false, build: 'old' }));
    expect(text).toContain('another build of this page (old)');
    expect(text).not.toContain('Resume');
  });

  test('numbers that left the finite say all themselves', () => {
    const message =
      'The loss is no longer a finite number at step 3. The points before it are kept. Lower the rate.';
    expect(faultText(ended('DivergedError', message))).toBe(message);
  });
});

describe('what a reload loses', () => {
  const refused = { kind: 'refused', reason: 'it offers no database' } as const;
  test('is said for what is kept and what is not', () => {
    expect(lossText(null, null)).toBeNull();
    expect(lossText(refused, 'No files here')).toMatch(
      /runs with their curves, models and checkpoints are lost\.$/,
    );
    expect(lossText(refused, null)).toMatch(/its runs and their curves are lost/);
    expect(lossText(null, 'No files here')).toMatch(/^No files here\. Runs and their curves are kept/);
    expect(lossText({ kind: 'full', reason: 'x' }, null)).toMatch(/storage is full/);
  });
});

describe('what takes space', () => {
  const id = 'mihw0000-00000-0123abcd';
  test('files belong to their run by name', () => {
    const own = [`run-${id}`, `${id}.training-a`, `${id}.training-b`, `${id}.training-a.crswap`];
    expect(own.map(runOfFile)).toEqual(own.map(() => id));
    expect(['dense-0123abcd', 'single-0123abcd', 'dense-0123.unfinished'].map(runOfFile)).toEqual([
      null,
      null,
      null,
    ]);
    const files = own.map((name) => ({ name, bytes: 1, changedAt: 0 }));
    expect(leftoversOf(files, [id])).toEqual([]);
    expect(leftoversOf(files, [])).toEqual(files);
  });

  test('sums records and files by experiment, and guards what is kept or under way', async () => {
    const record = {
      experiment: 'small',
      series: [
        {
          metric: 'loss',
          step: new Float64Array(10),
          trainMs: new Float64Array(10),
          value: new Float64Array(10),
        },
      ],
    } as unknown as RunRecord;
    expect(bytesOfRecord(record)).toBe(240 + JSON.stringify({ experiment: 'small' }).length);
    async function* records() {
      yield { ...record, id };
      yield { ...record, id: 'kept', kept: true };
      yield { ...record, id: 'busy' };
    }
    const files = [
      { name: `run-${id}`, bytes: 1000, changedAt: 0 },
      { name: 'run-mihw0000-00001-0123abcd', bytes: 7, changedAt: 0 },
      { name: 'dense-1', bytes: 5, changedAt: 0 },
    ];
    const use = await storageUse(records(), files, [id, 'kept', 'busy'], ['busy']);
    expect(use.experiments).toMatchObject([{ experiment: 'small', runs: 3, removable: [id] }]);
    expect(use.experiments[0]?.bytes).toBeGreaterThan(1720);
    expect(use.shared.map(({ name }) => name)).toEqual(['dense-1']);
    expect(use.leftovers.map(({ bytes }) => bytes)).toEqual([7]);
  });

  test('sizes in one unit', () => {
    const texts = [950, 12_300_000, 2.1e9].map((bytes) => bytesText(bytes).replace('\u00a0', ' '));
    expect(texts).toEqual(['0.9 kB', '12.3 MB', '2.1 GB']);
  });
});
