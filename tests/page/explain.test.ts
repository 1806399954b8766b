import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtLab } from '../support/built-lab';
import type { LabPage } from '../support/lab-page';

const IDS = ['mixture-of-depths', 'task-weighting', 'tract', 'neural-collapse', 'unconstrained-features'];
const WIDE = { width: 1440, height: 900 };
const NARROW = { width: 390, height: 844 };

const site = builtLab();

/** A visitor on an experiment’s page whose explanation is there. */
async function open(id: string, viewport = WIDE): Promise<LabPage> {
  const lab = await site.visit(`?e=${id}`, viewport);
  await lab.page.locator('#how-it-works .formula').first().waitFor();
  return lab;
}

/** One visit for all tests of a group, each of which leaves the page as it found it. */
function sharedVisit(id: string): () => LabPage {
  let lab: LabPage;
  beforeAll(async () => {
    lab = await open(id);
  });
  afterAll(() => lab.close());
  return () => lab;
}

/** What is lit on the page, in words. */
const lit = (page: Page): Promise<string[]> =>
  page.evaluate(() => [...document.querySelectorAll('[data-lit]')].map((part) => part.textContent.trim()));

const axe = async (page: Page, part: string) => {
  const { violations } = await new AxeBuilder({ page }).include(part).analyze();
  return violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]);
};

/** Rectangles of the tour’s card and of what it is about. */
const boxes = async (page: Page) => {
  const [card, ...parts] = await page.evaluate(() =>
    ['[role="dialog"]', '[data-lit]'].flatMap((selector) =>
      [...document.querySelectorAll(selector)].map(
        (part) => part.getBoundingClientRect().toJSON() as DOMRect,
      ),
    ),
  );
  return { card, parts };
};

describe.each(IDS)('the explanation of %s', (id) => {
  const visit = sharedVisit(id);

  it('stands beside the figures, typeset, and names what the page has', async () => {
    const lab = visit();
    const section = lab.page.locator('#how-it-works');
    const [text, curve] = await Promise.all([
      section.boundingBox(),
      lab.page.locator('.results figure').first().boundingBox(),
    ]);
    expect(text && curve && text.x >= curve.x + curve.width && text.y < WIDE.height).toBe(true);
    for (const name of ['The idea', 'What to watch', 'The claim, and what would refute it'])
      await section.getByRole('heading', { name }).waitFor();
    const labels = (selector: string, name: string) =>
      lab.page.locator(selector).evaluateAll((all, key) => all.map((part) => part.getAttribute(key)), name);
    const controls = await labels('[data-control]', 'data-control');
    const named = await labels('#how-it-works [data-tie="knob"]', 'data-label');
    expect(named.some((label) => controls.includes(label))).toBe(true);

    const fonts = await lab.page.evaluate(async () => {
      await document.fonts.ready;
      return [...document.fonts].flatMap(({ family, status }) => (status === 'loaded' ? [family] : []));
    });
    for (const family of ['KaTeX_Math', 'KaTeX_Main']) expect(fonts.join()).toContain(family);
    const loaded = await lab.page.evaluate(() =>
      performance.getEntriesByType('resource').map(({ name }) => name),
    );
    expect(loaded.filter((name) => /katex.*\.js/i.test(name))).toEqual([]);
    expect(lab.complaints).toEqual([]);
  });

  it('fits a desk and a phone in both themes, and axe finds nothing', async () => {
    const lab = visit();
    for (const [viewport, colorScheme, checked] of [
      [WIDE, 'light', 'body'],
      [NARROW, 'dark', '#how-it-works'],
    ] as const) {
      await lab.page.setViewportSize(viewport);
      await lab.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await lab.page.locator('#how-it-works .formula').first().waitFor();
      await lab.page.evaluate(() => {
        for (const fold of document.querySelectorAll<HTMLDetailsElement>('#how-it-works details'))
          fold.open = true;
      });
      expect(await axe(lab.page, checked)).toEqual([]);
      const wide = await lab.page.evaluate(() =>
        [...document.querySelectorAll('#how-it-works .formula')].flatMap((formula) =>
          formula.scrollWidth > formula.clientWidth ? [formula.textContent] : [],
        ),
      );
      expect(wide).toEqual([]);
      expect(
        await lab.page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        ),
      ).toBeLessThanOrEqual(0);
    }
    await lab.button('How this differs from the paper').click();
    await expect
      .poll(() => lab.page.evaluate(() => document.activeElement?.textContent ?? ''))
      .toContain('Not reproduced.');
    await lab.page.setViewportSize(WIDE);
    await lab.page.emulateMedia({ colorScheme: 'light', reducedMotion: 'no-preference' });
  });

  it('has a tour of four things that covers none of them, at a desk and on a phone', async () => {
    const lab = visit();
    for (const viewport of [WIDE, NARROW]) {
      await lab.page.setViewportSize(viewport);
      await lab.button('Show me around').click();
      const card = lab.page.getByRole('dialog');
      for (const [i, title] of ['The setting', 'Train', 'Curves and verdict', 'Share'].entries()) {
        await card.getByRole('heading', { name: title }).waitFor();
        expect(await card.textContent()).toContain(`${i + 1} of 4`);
        await expect.poll(() => lab.page.evaluate(() => document.activeElement?.textContent)).toBe(title);
        const { card: box, parts } = await boxes(lab.page);
        if (!box) throw new Error('no card');
        expect(parts.length).toBeGreaterThan(0);
        for (const { left, right, top, bottom } of parts) {
          const apart = box.left >= right || box.right <= left || box.top >= bottom || box.bottom <= top;
          expect(apart, `${title} at ${viewport.width} pixels`).toBe(true);
        }
        expect(box.left >= 0 && box.right <= viewport.width && box.bottom <= viewport.height).toBe(true);
        expect(
          parts.some(({ top, bottom }) => top >= 0 && bottom <= viewport.height),
          title,
        ).toBe(true);
        await card.getByRole('button', { name: i < 3 ? 'Next' : 'Done', exact: true }).click();
      }
      await expect.poll(() => card.count()).toBe(0);
      expect(await lab.page.evaluate(() => document.activeElement?.textContent.trim())).toBe(
        'Show me around',
      );
      expect(await lit(lab.page)).toEqual([]);
    }
    expect(lab.complaints).toEqual([]);
  });
});

describe('a tied symbol', () => {
  const visit = sharedVisit('tract');

  it('lights up the control or the curves that it names, under the pointer and with the focus', async () => {
    const lab = visit();
    const symbol = lab.page.getByRole('button', { name: 'λ: the control “λ”' }).first();
    await symbol.hover();
    expect(await lab.page.locator('[data-control="λ"][data-lit]').count()).toBe(1);
    await lab.page.getByRole('button', { name: 'Test accuracy: the curves “Test accuracy”' }).focus();
    const figure = lab.page.locator('figure[data-lit]');
    expect(await figure.first().textContent()).toContain('Test accuracy');
    expect(await lab.page.locator('[data-control][data-lit]').count()).toBe(0);
    await lab.page.mouse.move(5, 5);
    await lab.page.evaluate(
      () => document.activeElement instanceof HTMLElement && document.activeElement.blur(),
    );
    await expect.poll(() => lit(lab.page)).toEqual([]);
  });

  it('is lit itself when its control has the focus', async () => {
    const lab = visit();
    await lab.page.getByRole('spinbutton', { name: 'λ', exact: true }).focus();
    const count = await lab.page.locator('#how-it-works [data-tie="knob"][data-label="λ"]').count();
    expect(await lab.page.locator('#how-it-works [data-tie="knob"][data-label="λ"][data-lit]').count()).toBe(
      count,
    );
    expect(count).toBeGreaterThan(1);
  });

  it('goes there by key, unfolding what hides it, and the focus goes along', async () => {
    const lab = visit();
    const symbol = lab.page.getByRole('button', { name: /the control “Lowest contrast”/ });
    const field = lab.page.locator('[data-control="Lowest contrast"] input[type="text"]');
    expect(await field.isVisible()).toBe(false); // in a group that is closed at first
    await symbol.focus();
    expect((await lit(lab.page)).join(' ')).toContain('Data'); // the group’s heading stands in for it
    await symbol.press('Enter');
    await expect.poll(() => field.isVisible()).toBe(true);
    await expect
      .poll(() =>
        lab.page.evaluate(() =>
          document.activeElement?.closest('[data-control]')?.getAttribute('data-control'),
        ),
      )
      .toBe('Lowest contrast');
  });

  it('answers to a tap', async () => {
    const lab = visit();
    await lab.page.setViewportSize(NARROW);
    await lab.page.getByRole('heading', { name: 'What to watch' }).click();
    await lab.page.getByRole('button', { name: 'Test accuracy: the curves “Test accuracy”' }).click();
    const figure = lab.page.locator('figure[data-lit]').first();
    await expect
      .poll(async () => {
        const box = await figure.boundingBox();
        return box !== null && box.y < NARROW.height && box.y + box.height > 0;
      })
      .toBe(true);
    await lab.page.setViewportSize(WIDE);
  });

  it('says why where the setting has no such control', async () => {
    const lab = visit();
    await lab.page.goto(`${site.address}?e=tract&vs=Vanilla`);
    const symbol = lab.page.getByRole('button', { name: 'λ: the control “λ”' }).first();
    await symbol.click();
    await lab.page.getByText('The panel does not show “λ” now').waitFor();
  });

  it('of a variant lights its entry and lets its curves stand out', async () => {
    const lab = await site.visit(
      '?e=unconstrained-features&duration=40&evalEvery=0&vs=Squared+error|Cross-entropy',
    );
    await lab.button('Train').click();
    for (const variant of ['Squared error', 'Cross-entropy']) await lab.reaches(variant, 'done');
    const ends = lab.page
      .locator('figure', { hasText: 'Objective' })
      .first()
      .locator('svg g:has(text.label)');
    const faded = () =>
      ends.evaluateAll((all) => all.map((end) => [end.textContent, getComputedStyle(end).opacity]));
    await lab.page.getByRole('button', { name: 'Cross-entropy: the variant Cross-entropy' }).hover();
    expect(await lab.page.locator('aside li[data-variant="Cross-entropy"][data-lit]').count()).toBe(1);
    await expect.poll(faded).toContainEqual(['Squared error', '0.3']);
    expect(await faded()).toContainEqual(['Cross-entropy', '1']);
    await lab.page.mouse.move(5, 5);
    await expect.poll(faded).toContainEqual(['Squared error', '1']);
    await lab.close();
  });
});

describe('the column', () => {
  it('closes and opens by its button, and stays as it was left', async () => {
    const lab = await open('tract');
    const button = lab.button('How it works');
    expect(await button.getAttribute('aria-expanded')).toBe('true');
    await button.click();
    await expect.poll(() => lab.page.locator('#how-it-works').count()).toBe(0);
    await lab.page.reload();
    await lab.button('Train').waitFor();
    expect(await button.getAttribute('aria-expanded')).toBe('false');
    expect(await lab.page.locator('#how-it-works').count()).toBe(0);
    await button.click();
    await lab.page.locator('#how-it-works .formula').first().waitFor();
    await lab.close();
  });
});

describe('the tour', () => {
  it('is left by Escape, is loaded only when asked for, and is offered once', async () => {
    const lab = await open('tract');
    const scripts = () =>
      lab.page.evaluate(
        () => performance.getEntriesByType('resource').filter(({ name }) => /Tour-.*\.js/.test(name)).length,
      );
    expect(await scripts()).toBe(0);
    await lab.button('Show me around').click();
    await lab.page.getByRole('dialog').waitFor();
    expect(await scripts()).toBe(1);
    expect(await axe(lab.page, 'body')).toEqual([]);
    await lab.page.keyboard.press('Escape');
    await expect.poll(() => lab.page.getByRole('dialog').count()).toBe(0);
    expect(await lab.page.evaluate(() => document.activeElement?.textContent.trim())).toBe('Show me around');
    await lab.page.reload();
    await lab.button('Train').waitFor();
    expect(await lab.button('Show me around').count()).toBe(0);
    // From the help it can be taken again.
    await lab.page.keyboard.press('?');
    await lab.button('Show me around').click();
    await lab.page.getByRole('heading', { name: 'The setting' }).waitFor();
    await lab.close();
  });
});
