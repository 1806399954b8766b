import { AxeBuilder } from '@axe-core/playwright';
import { describe, expect, it } from 'vitest';
import { builtLab } from '../support/built-lab';
import type { LabPage, StoredSeries } from '../support/lab-page';

const VARIANT = 'Squared error';
const EXPERIMENT = '?e=unconstrained-features&vs=Squared+error';
/** Long enough for checkpoints, which are two seconds apart. */
const LONG = `${EXPERIMENT}&duration=4000&evalEvery=500`;
const ENDLESS = `${EXPERIMENT}&duration=100000&evalEvery=2000`;
const SHORT = `${EXPERIMENT}&duration=40&evalEvery=0`;

const site = builtLab();

/** All that a run has measured; how fast the machine was is its own matter. */
const measured = ({ throughput: _throughput, stepTime: _stepTime, ...series }: StoredSeries): StoredSeries =>
  series;
const checkpointOf = async (lab: LabPage): Promise<number> =>
  (await lab.record(VARIANT)).record.checkpoint ?? 0;
const untilCheckpoint = (lab: LabPage) =>
  expect.poll(() => checkpointOf(lab), { interval: 100 }).toBeGreaterThan(0);
async function trainShort(lab: LabPage): Promise<void> {
  await lab.button('Train').click();
  await lab.reaches(VARIANT, 'done');
}

describe('a run that was interrupted', () => {
  it('goes on from its checkpoint after a reload, and after a stop, and ends with the same numbers to the bit', async () => {
    const straight = await site.visit(LONG);
    await trainShort(straight);
    const expected = await straight.record(VARIANT);

    const reloaded = await site.visit(LONG);
    await reloaded.button('Train').click();
    await untilCheckpoint(reloaded);
    await reloaded.page.waitForTimeout(1000);
    await reloaded.page.reload();
    await reloaded.reaches(VARIANT, 'stopped');
    const step = await checkpointOf(reloaded);
    await reloaded.page
      .getByText(new RegExp(`a checkpoint at step ${step.toLocaleString('en')}\\. Resume continues`))
      .waitFor();
    const id = await reloaded.row(VARIANT).getAttribute('data-run');
    await reloaded.button(`Resume from step ${step.toLocaleString('en')}`).click();
    await reloaded.reaches(VARIANT, 'done');

    const stopped = await site.visit(LONG);
    await stopped.button('Train').click();
    await expect.poll(() => stopped.metric(VARIANT, 'objective')).not.toBeNaN();
    await stopped.page.waitForTimeout(1000);
    await stopped.button('Stop').click();
    await stopped.reaches(VARIANT, 'stopped');
    await stopped.page.getByText('Train goes on with 1 run from its checkpoint.').waitFor();
    await stopped.button('Train').click();
    await stopped.reaches(VARIANT, 'done');

    for (const lab of [reloaded, stopped]) {
      const { record, series } = await lab.record(VARIANT);
      expect(measured(series)).toEqual(measured(expected.series));
      const notes = record.notes.map(({ what }) => what);
      // That the page was closed goes with the steps beyond the checkpoint, where it was closed beyond it.
      expect(notes).toEqual(lab === reloaded && notes.length === 1 ? ['resumed'] : ['stopped', 'resumed']);
      expect(record.checkpoint).toBeUndefined();
      expect((await lab.storedFiles()).filter((name) => name.includes('.training-'))).toEqual([]);
    }
    expect(await reloaded.row(VARIANT).getAttribute('data-run')).toBe(id); // the same run in the same row
    expect([...reloaded.complaints, ...stopped.complaints]).toEqual([]);
    for (const lab of [straight, reloaded, stopped]) await lab.close();
  });

  it('is trained by one tab only', async () => {
    const first = await site.visit(ENDLESS);
    await first.button('Train').click();
    await first.reaches(VARIANT, 'running');
    await expect.poll(() => first.metric(VARIANT, 'objective')).not.toBeNaN();
    const second = await first.anotherTab(first.page.url());
    await second
      .row(VARIANT)
      .getByText(/^in another tab, step/)
      .waitFor();
    const refused = second.button(`Resume ${VARIANT}, seed 0`);
    expect(await refused.getAttribute('aria-disabled')).toBe('true');
    expect(await refused.getAttribute('title')).toMatch(/Another tab trains it/);
    expect(await second.button('Train').getAttribute('aria-disabled')).toBe('true');

    await first.button('Stop').click();
    await first.reaches(VARIANT, 'stopped');
    const resume = second.button(`Resume ${VARIANT}, seed 0`);
    await expect.poll(() => resume.getAttribute('aria-disabled')).toBe('false');
    await resume.click();
    await second.reaches(VARIANT, 'running');
    // The first tab does not know yet; when it tries, it is told.
    await first.button(`Resume ${VARIANT}, seed 0`).click();
    await first
      .row(VARIANT)
      .getByText(/^in another tab/)
      .waitFor();
    expect(await first.status(VARIANT)).toBe('stopped');
    expect([...first.complaints, ...second.complaints]).toEqual([]);
    await first.close();
  });
});

describe('records of earlier and later versions', () => {
  const points = { step: [1, 2], trainMs: [5, 10], value: [0.5, 0.25] };
  const old = {
    schema: 1,
    id: 'mihw0000-00000-0123abcd',
    experiment: 'unconstrained-features',
    variant: VARIANT,
    seed: 7,
    spec: { duration: 2 },
    specDigest: 'd'.repeat(64),
    build: 'an earlier one',
    createdAt: 1,
    status: 'done',
    notes: [],
    series: [{ metric: 'objective', ...points }],
  };

  it('the earlier are shown and stay editable, the later are left alone and said, nonsense breaks nothing', async () => {
    const lab = await site.visit(SHORT);
    await lab.page.getByText('No runs yet.').waitFor();
    await lab.putRecord(old);
    await lab.putRecord({
      ...old,
      id: 'later',
      variant: 'of its own',
      schema: 99,
      series: 'of a kind not known here',
    });
    await lab.putRecord({ id: 'nonsense', experiment: old.experiment, schema: 1, series: [{ metric: 3 }] });
    await lab.page.reload();
    await lab.reaches(VARIANT, 'done', { seed: 7 });
    expect(await lab.metric(VARIANT, 'objective', 7)).toBe(0.25);
    await lab.page.getByText(/^1\s+run\s+was made by a newer Seedlab and is not shown\.$/).waitFor();
    expect(await lab.page.locator('[data-run]').count()).toBe(1);

    await lab.button(`Details of ${VARIANT}, seed 7`).click();
    await lab.page.getByRole('textbox', { name: 'Name' }).fill('From the old days');
    await lab.page.getByRole('textbox', { name: 'Name' }).press('Tab');
    await expect.poll(async () => (await lab.record(VARIANT, 7)).record.schema).toBe(2);
    expect((await lab.record(VARIANT, 7)).record).toMatchObject({
      origin: 'here',
      name: 'From the old days',
    });
    expect(lab.complaints).toEqual([]);
    await lab.close();
  });
});

describe('keeping house', () => {
  it('a run has a name, a comment and a guard, which outlive a reload', async () => {
    const lab = await site.visit(`${SHORT}&seeds=0-1`);
    await lab.button('Train').click();
    await lab.reaches(VARIANT, 'done', { seed: 1 });
    await lab.button(`Details of ${VARIANT}, seed 0`).click();
    await lab.page.getByRole('textbox', { name: 'Name' }).fill('The good one');
    await lab.page.getByRole('textbox', { name: 'Comment' }).fill('for the talk');
    await lab.page.getByRole('checkbox', { name: /^Keep/ }).check();
    await lab.row(VARIANT).getByText('The good one').waitFor();
    const remarks = { name: 'The good one', comment: 'for the talk', kept: true };
    await expect.poll(async () => (await lab.record(VARIANT)).record).toMatchObject(remarks);
    await lab.page.reload();
    await lab.row(VARIANT).getByText('The good one').waitFor();

    await lab.button('Remove all that have ended').click();
    await expect.poll(() => lab.row(VARIANT, 1).count()).toBe(0);
    expect(await lab.row(VARIANT, 0).count()).toBe(1);
    expect(lab.complaints).toEqual([]);
    await lab.close();
  });

  it('a removal can be taken back; when the time is over, the model goes as well', async () => {
    const lab = await site.visit(
      '?e=mixture-of-depths&p=smoke&vs=A-MoD&duration=8&evalEvery=4&testExamples=250&trainExamples=2000',
    );
    await lab.button('Train').click();
    await lab.reaches('A-MoD', 'done');
    const before = await lab.record('A-MoD');
    await lab.button('Remove A-MoD, seed 0').click();
    await expect.poll(() => lab.row('A-MoD').count()).toBe(0);
    await expect(lab.record('A-MoD')).rejects.toThrow('No record');
    await lab.button('Undo').click();
    await lab.reaches('A-MoD', 'done');
    await expect.poll(async () => (await lab.record('A-MoD')).series).toEqual(before.series);
    expect(await lab.storedFiles()).toHaveLength(1);

    await lab.button('Remove A-MoD, seed 0').click();
    await lab.button('Close this message').click();
    await expect.poll(() => lab.storedFiles()).toEqual([]);
    await lab.page.reload();
    await lab.page.getByText('No runs yet.').waitFor();
    expect(lab.complaints).toEqual([]);
    await lab.close();
  });

  it('Storage says what takes space, and removes it when asked twice', async () => {
    const lab = await site.visit(SHORT);
    await trainShort(lab);
    const own = await lab.storedFiles(); // the run's model
    expect(own).toHaveLength(1);
    await lab.page.evaluate(async () => {
      const folder = await (
        await navigator.storage.getDirectory()
      ).getDirectoryHandle('checkpoints', { create: true });
      for (const [name, bytes] of [
        ['run-mihw0000-00000-0123abcd', 2000],
        ['mihw0000-00000-0123abcd.training-a', 3000],
        ['dense-0123', 40_000],
      ] as const) {
        const file = await (await folder.getFileHandle(name, { create: true })).createWritable();
        await file.write(new Uint8Array(bytes));
        await file.close();
      }
    });
    await lab.button('Storage …').click();
    const dialog = lab.page.getByRole('dialog', { name: 'Storage' });
    await dialog
      .getByText(
        /^Everything here uses \S+\s\wB of the \S+\s\wB that this\s+browser\s+allows\s+this\s+page\./,
      )
      .waitFor();
    const text = (await dialog.textContent()) ?? '';
    expect(text).toContain('Unconstrained features');
    expect(text).toMatch(/Left by runs that are gone2\s+files5\.0\s+kB/);
    expect(text).toMatch(/Models that runs share1\s+file.*40\.0\s+kB/);
    const { violations } = await new AxeBuilder({ page: lab.page }).analyze();
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
    await dialog.getByRole('button', { name: 'Remove leftovers' }).click();
    expect(await lab.storedFiles()).toHaveLength(4);
    await dialog.getByRole('button', { name: 'Remove', exact: true }).click();
    await expect.poll(async () => (await lab.storedFiles()).sort()).toEqual(['dense-0123', ...own]);
    await dialog.getByRole('button', { name: /^Remove 1\s+run$/ }).click();
    await dialog.getByRole('button', { name: 'Remove', exact: true }).click();
    await expect.poll(() => lab.row(VARIANT).count()).toBe(0);
    await expect.poll(() => lab.storedFiles()).toEqual(['dense-0123']);
    await dialog.getByRole('button', { name: 'Close' }).click();
    expect(lab.complaints).toEqual([]);
    await lab.close();
  });
});
