import { AxeBuilder } from '@axe-core/playwright';
import { describe, expect, it } from 'vitest';
import { papers } from '../../src/ui/library/all-papers';
import type { LabPage } from '../support/lab-page';
import { builtLab } from '../support/built-lab';

const site = builtLab();

const listed = (lab: LabPage) => lab.page.locator('[data-paper]:visible');
const query = (lab: LabPage) => new URL(lab.page.url()).searchParams;

describe('the library', () => {
  it('lists every paper, and is found from the home page', async () => {
    const lab = await site.visit();
    await lab.page.getByRole('link', { name: 'Library', exact: true }).click();
    await lab.page.getByRole('heading', { name: 'Library', level: 1 }).waitFor();
    expect(await listed(lab).count()).toBe(papers.length);
    await lab.page
      .getByRole('status')
      .filter({ hasText: `${papers.length} of ${papers.length} papers` })
      .waitFor();
    expect(await lab.page.title()).toContain('Library');
    expect(lab.complaints).toEqual([]);
    await lab.close();
  });

  it('is searched and filtered, and the address follows and leads back there', async () => {
    const lab = await site.visit('?library');
    await listed(lab).first().waitFor();
    await lab.page.keyboard.press('/');
    await lab.page.keyboard.type('mixup');
    const mixups = papers.filter(({ text }) => text.includes('mixup')).length;
    await expect.poll(() => listed(lab).count()).toBe(mixups);
    await lab.page.getByLabel('Field', { exact: true }).selectOption('augmentation');
    await lab.page.getByRole('radio', { name: /^Planned/ }).check({ force: true });
    await lab.page.getByLabel('Sorted by').selectOption('title');
    const found = papers.filter(
      ({ text, family, status }) =>
        text.includes('mixup') && family.id === 'augmentation' && status === 'planned',
    ).length;
    await expect.poll(() => listed(lab).count()).toBe(found);
    await expect.poll(() => query(lab).get('sort')).toBe('title');
    expect(Object.fromEntries(query(lab))).toEqual({
      ...{ library: '', q: 'mixup', family: 'augmentation', status: 'planned', sort: 'title' },
    });
    const again = await site.visit(new URL(lab.page.url()).search);
    await expect.poll(() => listed(again).count()).toBe(found);
    expect(await again.page.getByLabel(/^Search titles/).inputValue()).toBe('mixup');
    await again.page.getByRole('button', { name: 'Show all' }).click();
    await expect.poll(() => listed(again).count()).toBe(papers.length);
    expect([...lab.complaints, ...again.complaints]).toEqual([]);
    await lab.close();
    await again.close();
  });

  it('leads from a paper to its experiment, and from there back to what was found', async () => {
    const lab = await site.visit('?library&q=petersen');
    await lab.page
      .getByRole('link', { name: 'TrAct: Making First-layer Pre-Activations Trainable', exact: true })
      .click();
    await lab.button('Train').waitFor();
    expect(query(lab).get('e')).toBe('tract');
    await lab.page.goBack();
    await expect.poll(() => listed(lab).count()).toBe(1);
    expect(await lab.page.getByLabel(/^Search titles/).inputValue()).toBe('petersen');
    await lab.close();
  });

  it.each(['light', 'dark'] as const)('is accessible in %s, and fits a phone', async (colorScheme) => {
    const lab = await site.visit('?library&q=attention', { width: 390, height: 844 });
    await lab.page.emulateMedia({ colorScheme });
    await listed(lab).first().waitFor();
    const { violations } = await new AxeBuilder({ page: lab.page }).analyze();
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
    const width = await lab.page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBeLessThanOrEqual(390);
    await lab.close();
  });
});
