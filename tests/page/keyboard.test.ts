import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { builtLab } from '../support/built-lab';
import type { LabPage } from '../support/lab-page';

/** Two variants of a problem that a step of takes a few milliseconds. */
const QUICK = '?e=unconstrained-features&duration=2000&evalEvery=0';

const site = builtLab();

async function open(search = QUICK): Promise<LabPage> {
  const lab = await site.visit(search);
  await lab.button('Train').waitFor();
  return lab;
}

const hash = (page: Page, key: string): string | null =>
  new URLSearchParams(new URL(page.url()).hash.replace('#', '')).get(key);
/** What the page’s live region says. */
const said = (page: Page): Promise<string> =>
  page
    .locator('p[role="status"].visually-hidden')
    .allTextContents()
    .then((texts) => texts.join(' '));
const focused = (page: Page): Promise<string> =>
  page.evaluate(
    () => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '',
  );

describe('keys', () => {
  it('the help lists them all in groups', async () => {
    const lab = await open();
    await lab.page.keyboard.press('?');
    const dialog = lab.page.getByRole('dialog');
    for (const name of ['Training', 'Comparison', 'Curves', 'Page'])
      await dialog.getByRole('table', { name }).waitFor();
    const shown = await dialog.locator('kbd').allTextContents();
    expect(shown).toEqual([
      ...['Space', '.', 'Shift + .', 'R', 'N', 'B', '1 – 9', 'L', 'Shift + L', 'X', 'S', 'C', 'E', '/', '?'],
    ]);
    // None acts while a dialog is open.
    await lab.page.keyboard.press('l');
    await lab.page.keyboard.press('Escape');
    await expect.poll(() => dialog.count()).toBe(0);
    expect(hash(lab.page, 'y')).toBeNull();
    await lab.close();
  });

  it('change how the curves are drawn', async () => {
    const lab = await open();
    const { page } = lab;
    await page.keyboard.press('l');
    await expect.poll(() => hash(page, 'y')).toBe('linear'); // its distances have a log axis otherwise
    await page.keyboard.press('l');
    await expect.poll(() => hash(page, 'y')).toBeNull();
    await page.keyboard.press('Shift+L');
    await expect.poll(() => hash(page, 'xs')).toBe('log');
    await page.keyboard.press('Shift+L');
    await expect.poll(() => hash(page, 'xs')).toBeNull();
    await page.keyboard.press('x');
    await expect.poll(() => hash(page, 'x')).toBe('epoch');
    await page.keyboard.press('s');
    await expect.poll(() => hash(page, 'smooth')).toBe('0.6');
    await page.keyboard.press('s');
    await expect.poll(() => hash(page, 'smooth')).toBeNull();
    await page.keyboard.press('b');
    await expect.poll(() => hash(page, 'base')).toBe('Cross-entropy');
    await expect.poll(() => said(page)).toContain('Differences are to Cross-entropy now');
    expect(lab.complaints).toEqual([]);
    await lab.close();
  });

  it('search the controls, and none acts while its field has the focus', async () => {
    const lab = await open();
    const { page } = lab;
    await page.keyboard.press('/');
    await expect.poll(() => focused(page)).toBe('Search the controls');
    await page.keyboard.type('momentum');
    expect(
      await page.locator('[data-control]').evaluateAll((all) => all.map((part) => part.dataset['control'])),
    ).toEqual(['Momentum']);
    await page.keyboard.press('l');
    expect(await page.getByRole('searchbox').inputValue()).toBe('momentuml');
    expect(hash(page, 'y')).toBeNull();
    await page.getByText('No control of this setting').waitFor();
    await page.keyboard.press('Escape');
    expect(await page.getByRole('searchbox').inputValue()).toBe('');
    expect(await page.locator('[data-control]').count()).toBeGreaterThan(4);
    await page.keyboard.press('Escape');
    expect(await focused(page)).not.toBe('Search the controls');
    await page.keyboard.press('l');
    await expect.poll(() => hash(page, 'y')).toBe('linear'); // its distances have a log axis otherwise
    await lab.close();
  });

  it('add a variant, export, and copy the link', async () => {
    const lab = await open();
    const { page } = lab;
    await page.keyboard.press('n');
    await page.getByRole('dialog', { name: 'Add a variant' }).waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
    await page.keyboard.press('e');
    await page.getByRole('dialog', { name: /export/i }).waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
    await lab.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.keyboard.press('c');
    await expect.poll(() => said(page)).toContain('Link copied');
    expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('e=unconstrained-features');
    expect(lab.complaints).toEqual([]);
    await lab.close();
  });

  it('step, train, pause and restart, and take curves away', async () => {
    const lab = await open(`${QUICK}&vs=Squared+error`);
    const { page } = lab;
    const steps = async () => (await lab.row('Squared error').textContent()) ?? '';
    await page.keyboard.press('.');
    await lab.reaches('Squared error', 'paused');
    expect(await steps()).toMatch(/\b1\b/);
    await page.keyboard.press('Shift+.');
    await expect.poll(steps).toMatch(/\b11\b/);
    await page.keyboard.press('Space');
    await lab.reaches('Squared error', ['running', 'done']);
    await page.keyboard.press('Space');
    await lab.reaches('Squared error', ['paused', 'done']);
    const id = () => lab.row('Squared error').last().getAttribute('data-run');
    const first = await id();
    await page.keyboard.press('r');
    await expect.poll(id).not.toBe(first);
    await lab.reaches('Squared error', 'done');
    await page.keyboard.press('1');
    await page
      .getByRole('button', { name: /^Show the curves of/ })
      .first()
      .waitFor();
    // The live region lets a screen reader finish one announcement before the next.
    await expect.poll(() => said(page)).toContain('is not drawn');
    await page.keyboard.press('1');
    await page
      .getByRole('button', { name: /^Hide the curves of/ })
      .first()
      .waitFor();
    await page.keyboard.press('7'); // there is no seventh
    expect(lab.complaints).toEqual([]);
    await lab.close();
  });
});
