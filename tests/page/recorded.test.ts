import { AxeBuilder } from '@axe-core/playwright';
import { describe, expect, it } from 'vitest';
import type { LabPage } from '../support/lab-page';
import { builtLab } from '../support/built-lab';

/** Recorded with seeds 0 to 2. A run of it takes seconds. */
const FREE_FEATURES = '?e=unconstrained-features&v=1';
const METHOD = 'Squared error';

const site = builtLab();

const recorded = (lab: LabPage) => lab.page.locator('[data-run][data-origin="recorded"]');
const recordedRow = (lab: LabPage, variant: string) =>
  recorded(lab).and(lab.page.locator(`[data-variant="${variant}"][data-seed="0"]`));
const bar = (lab: LabPage) => lab.page.getByRole('region', { name: 'Recorded runs' });
const scrubber = (lab: LabPage) => lab.page.getByRole('slider', { name: 'Recorded training' });
const gap = async (lab: LabPage) =>
  Number(await recordedRow(lab, METHOD).locator('[data-metric="gap"]').getAttribute('data-value'));

/** Runs that the browser keeps. */
const stored = (lab: LabPage) =>
  lab.page.evaluate(async () => {
    const known = await indexedDB.databases();
    if (!known.some(({ name }) => name === 'seedlab')) return 0;
    const database = await new Promise<IDBDatabase>((done, fail) => {
      const request = indexedDB.open('seedlab');
      request.onsuccess = () => done(request.result);
      request.onerror = () => fail(new Error('no database'));
    });
    if (!database.objectStoreNames.contains('records')) return 0;
    const count = await new Promise<number>((done, fail) => {
      const request = database.transaction('records').objectStore('records').count();
      request.onsuccess = () => done(request.result);
      request.onerror = () => fail(new Error('no records'));
    });
    database.close();
    return count;
  });

describe('an experiment that has recorded runs', () => {
  it('shows them at once, says where they come from, and keeps none of them', async () => {
    const lab = await site.visit(FREE_FEATURES);
    await recorded(lab).nth(1).waitFor();
    expect(await recorded(lab).count()).toBe(2); // of the seed that the link asks for
    const row = (await recordedRow(lab, METHOD).textContent()) ?? '';
    expect(row).toContain('done, 400 steps');
    expect(row).toContain('recorded on WebGPU on google swiftshader');
    const words = (await bar(lab).textContent()) ?? '';
    for (const part of ['November 2026', 'a software adapter, 2', 'cores', 'by build 0.1.0-', '3 seeds'])
      expect(words).toContain(part);
    expect(await gap(lab)).toBeLessThan(1e-6);
    // All that is trained is still to be trained here, and nothing can be ended, removed or resumed.
    await lab.page.getByText('Train starts 2 runs').waitFor();
    expect(await lab.page.getByRole('button', { name: /^(Remove|End|Resume) .*, seed 0$/ }).count()).toBe(0);
    await bar(lab).getByRole('button', { name: 'Show all' }).click();
    await expect.poll(() => recorded(lab).count()).toBe(6);
    await expect.poll(() => new URL(lab.page.url()).searchParams.get('seeds')).toBe('0-2');
    expect(await stored(lab)).toBe(0);
    expect(lab.complaints).toEqual([]);
    await lab.close();
  });

  it('moves next to nothing on the screen when they come', async () => {
    const lab = await site.visit('about:blank');
    let release: () => void = () => undefined;
    const held = new Promise<void>((done) => (release = done));
    await lab.page.route('**/*.seedlab', async (route) => {
      await held;
      await route.continue();
    });
    await lab.page.goto(new URL(FREE_FEATURES, site.address).href);
    await lab.page.getByText('WebGPU runs in software here').waitFor(); // which comes when the browser has answered
    await lab.page.waitForTimeout(1000);
    await lab.page.evaluate(() => {
      const shifts: number[] = [];
      Object.assign(globalThis, { shifts });
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) if ('value' in entry) shifts.push(Number(entry.value));
      }).observe({ type: 'layout-shift' });
    });
    release();
    await recorded(lab).first().waitFor();
    await lab.page.waitForTimeout(500);
    const shifts = await lab.page.evaluate<number[]>('globalThis.shifts');
    // The difference of the pair takes its place below the large chart; 0.1 is what counts as good.
    expect(shifts.reduce((sum, shift) => sum + shift, 0)).toBeLessThan(0.03);
    await lab.close();
  });

  it('judges the claim on them, and says so', async () => {
    const lab = await site.visit('?e=neural-collapse&v=1');
    await recorded(lab).first().waitFor();
    await lab.page.getByText('Judged on recorded runs of another device').waitFor();
    const claim = lab.page.getByRole('region', { name: /Batch norm against No batch norm/ });
    await expect.poll(() => claim.getAttribute('data-state')).not.toBe('not run');
    expect(lab.complaints).toEqual([]);
    // What this comparison does not run is folded away, and one click away.
    const folded = lab.page.getByText(/^3\s+further\s+claims, which other variants would test$/);
    const others = lab.page.getByText('Small classes have shorter classifier rows');
    expect(await others.isVisible()).toBe(false);
    await folded.click();
    await others.waitFor();
    await lab.close();
  });

  it('replays them, and is scrubbed by keyboard', async () => {
    const lab = await site.visit(FREE_FEATURES);
    await recorded(lab).first().waitFor();
    const done = await gap(lab);
    await scrubber(lab).fill('100');
    expect(await scrubber(lab).getAttribute('aria-valuetext')).toBe('step 100 of 400');
    await expect.poll(() => gap(lab)).toBeGreaterThan(1000 * done);
    const lens = lab.page.getByLabel('Training', { exact: true }).first();
    await expect.poll(() => lens.getAttribute('aria-valuetext')).toMatch(/^after step (100|[1-9]?\d)$/);
    await scrubber(lab).press('ArrowRight');
    expect(await scrubber(lab).getAttribute('aria-valuetext')).toBe('step 101 of 400');
    await lab.button('Replay').focus();
    await lab.page.keyboard.press('Enter');
    await expect
      .poll(async () => Number(await scrubber(lab).inputValue()), { interval: 20 })
      .toBeGreaterThan(101);
    await lab.page.keyboard.press('Enter'); // the same button, which is now another
    await lab.button('Replay').waitFor();
    const paused = await scrubber(lab).inputValue();
    await lab.page.waitForTimeout(400);
    expect(await scrubber(lab).inputValue()).toBe(paused);
    await scrubber(lab).focus();
    await scrubber(lab).press('End');
    await expect.poll(() => gap(lab)).toBe(done);
    expect(await recordedRow(lab, METHOD).getAttribute('data-status')).toBe('done');
    expect(await stored(lab)).toBe(0);
    expect(lab.complaints).toEqual([]);
    await lab.close();
  });

  it('gives way to one’s own runs as they report, and comes back when those are removed', async () => {
    const lab = await site.visit(`${FREE_FEATURES}&vs=Squared+error`);
    await recordedRow(lab, METHOD).waitFor();
    await lab.button('Train').click();
    await lab.reaches(METHOD, 'done');
    await expect.poll(() => recorded(lab).count()).toBe(0);
    await bar(lab).getByText('Your own runs').waitFor();
    expect(await stored(lab)).toBe(1);
    await lab.page.getByRole('button', { name: 'Remove Squared error, seed 0' }).click();
    await recordedRow(lab, METHOD).waitFor();
    expect(lab.complaints).toEqual([]);
    await lab.close();
  });

  it('says what is missing where they cannot be fetched, and trains all the same', async () => {
    const lab = await site.visit('about:blank');
    await lab.page.route('**/*.seedlab', (route) => route.fulfill({ status: 404 }));
    await lab.page.goto(new URL(FREE_FEATURES, site.address).href);
    await bar(lab).getByText('the site answered 404').waitFor();
    await lab.page.getByText('Train starts 2 runs').waitFor();
    await lab.close();
  });

  it('offers them where another setting is open', async () => {
    const lab = await site.visit(`${FREE_FEATURES}&duration=100`);
    await bar(lab).getByRole('link', { name: 'Recorded runs of the preset Equal classes' }).click();
    await expect.poll(() => recorded(lab).count()).toBe(6);
    await lab.close();
  });

  it.each([1440, 390])('is accessible with them, %i pixels wide', async (width) => {
    const lab = await site.visit(FREE_FEATURES, { width, height: 900 });
    await recorded(lab).first().waitFor();
    const { violations } = await new AxeBuilder({ page: lab.page })
      .include('[aria-label="Recorded runs"]')
      .analyze();
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
    await lab.close();
  });
});
