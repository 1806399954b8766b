import { AxeBuilder } from '@axe-core/playwright';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { listings } from '../../src/experiments/listings';
import { builtLab } from '../support/built-lab';

/** All the script that the home page loads before anyone has touched it. */
const SCRIPT_BUDGET = 60 * 1024;

const site = builtLab();

describe('the home page', () => {
  it('loads at most 60 KB of script, compressed, and neither cards nor workers', async () => {
    const lab = await site.visit('about:blank');
    const scripts = new Map<string, Promise<Buffer>>();
    lab.page.on('response', (response) => {
      const { pathname } = new URL(response.url());
      if (pathname.endsWith('.js')) scripts.set(pathname, response.body());
    });
    await lab.page.goto(site.address);
    await lab.page.getByText(/^This browser: WebGPU/).waitFor();
    await lab.page.waitForLoadState('networkidle');
    const sizes = await Promise.all(
      [...scripts].map(async ([name, body]) => [name, gzipSync(await body).length] as const),
    );
    const told = sizes.map(([name, size]) => `${name} ${size}`).join('\n');
    expect(sizes.length).toBeGreaterThan(0);
    expect(
      sizes.reduce((sum, [, size]) => sum + size, 0),
      told,
    ).toBeLessThanOrEqual(SCRIPT_BUDGET);
    expect(lab.page.workers()).toEqual([]);
    expect(lab.complaints).toEqual([]);
    await lab.close();
  });

  it('shows every experiment, those with recorded runs by their curves', async () => {
    const lab = await site.visit();
    const cards = lab.page.getByRole('article');
    expect(await cards.count()).toBe(listings.length);
    const card = cards.filter({ has: lab.page.getByRole('heading', { name: 'Unconstrained features' }) });
    expect(await card.getByText('Distance from the closed form, recorded').count()).toBe(1);
    const own = card.locator('path.own');
    expect(await own.count()).toBe(6); // two variants of three seeds
    for (const path of await own.all()) expect((await path.boundingBox())?.width).toBeGreaterThan(50);
    expect(await card.textContent()).toMatch(/6.runs took .* on a software adapter of 2.cores/);
    await lab.close();
  });

  it('leads to a recording’s setting by keyboard, without loading the page again, and back', async () => {
    const lab = await site.visit();
    await lab.page.evaluate(() => Object.assign(globalThis, { stayed: true }));
    const link = lab.page.getByRole('link', { name: 'Unconstrained features' });
    await link.focus();
    await lab.page.keyboard.press('Enter');
    await lab.button('Train').waitFor();
    expect(new URL(lab.page.url()).searchParams.get('seeds')).toBe('0-2');
    await lab.page.goBack();
    await link.waitFor();
    await lab.page.goForward();
    await lab.button('Train').waitFor();
    expect(await lab.page.evaluate(() => 'stayed' in globalThis)).toBe(true);
    expect(lab.complaints).toEqual([]);
    await lab.close();
  });

  it.each(['light', 'dark'] as const)('is accessible in %s, and fits a phone', async (colorScheme) => {
    const lab = await site.visit('', { width: 390, height: 844 });
    await lab.page.emulateMedia({ colorScheme });
    await lab.page.getByText(/^This browser: WebGPU/).waitFor();
    const { violations } = await new AxeBuilder({ page: lab.page }).analyze();
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
    const width = await lab.page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBeLessThanOrEqual(390);
    await lab.close();
  });

  it('opens its help by the key that its button names', async () => {
    const lab = await site.visit();
    await lab.page.getByRole('heading', { name: 'Experiments' }).waitFor();
    await lab.page.keyboard.press('?');
    await lab.page.getByRole('dialog', { name: 'Help' }).waitFor();
    await lab.page.keyboard.press('Escape');
    await expect.poll(() => lab.page.getByRole('dialog').count()).toBe(0);
    await lab.close();
  });
});
