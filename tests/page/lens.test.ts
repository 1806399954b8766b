import { AxeBuilder } from '@axe-core/playwright';
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtLab } from '../support/built-lab';
import type { LabPage } from '../support/lab-page';

/** 28 × 28 pixels in patches of 7 and a class token make 17 tokens; at half capacity a routed block keeps 8. */
const SHORT =
  '?e=mixture-of-depths&p=smoke&testExamples=250&trainExamples=2000&duration=12&evalEvery=6&vs=A-MoD|Dense+ViT';
const PATCHES = 16;
const KEPT = 8;
const ROUTED = [2, 4];

const site = builtLab();
let lab: LabPage;

const lens = (): Locator => lab.page.getByRole('region', { name: 'Which patches each block works on' });
const panel = (block: number): Locator => lens().locator(`.panel[data-block="${block}"]`);
const tokens = (block: number): Locator =>
  lens().getByRole('slider', { name: `Tokens of block ${block}`, exact: true });
const training = (): Locator => lens().getByRole('slider', { name: 'Training', exact: true });
const shownStep = (): Promise<string | null> => training().getAttribute('aria-valuetext');
const probabilities = async (): Promise<number[]> =>
  (await lens().locator('.prediction .number').allTextContents()).map((text) => Number.parseFloat(text));
const choose = async (variant: string): Promise<void> => {
  await lens()
    .getByRole('combobox', { name: 'Run shown' })
    .selectOption({ label: `${variant}, seed 0` });
};

beforeAll(async () => {
  lab = await site.visit(SHORT);
});
afterAll(async () => {
  await lab.close();
});

describe('the lens of Mixture-of-Depths', () => {
  it('appears with the first evaluation and follows the training', async () => {
    await lens().getByText('Nothing trained yet').waitFor();
    await lab.button('Train').click();
    await training().waitFor({ timeout: 240_000 });
    expect(await shownStep()).toMatch(/^after step (6|12)$/);
    await lab.reaches('A-MoD', 'done');
    await expect.poll(shownStep).toBe('after step 12');
    await lab.reaches('Dense ViT', 'done');
    // A run that begins later takes nothing away from the method's.
    expect(
      await lens().getByRole('combobox', { name: 'Run shown' }).locator('option:checked').textContent(),
    ).toBe('A-MoD, seed 0');
  });

  it('every routed block shows as many kept tokens as its capacity allows', async () => {
    const names = await lens()
      .locator('.panel')
      .evaluateAll((panels) => panels.map((one) => Number((one as HTMLElement).dataset['block'])));
    expect(names).toEqual(ROUTED);
    for (const image of [1, 5, 20]) {
      await lens()
        .getByRole('radio', { name: new RegExp(`, test image ${image}$`) })
        .check();
      for (const block of ROUTED) {
        expect(await panel(block).getAttribute('data-kept')).toBe(String(KEPT));
        // What is veiled is what was skipped: all patches but the kept ones, of which the class token is none.
        const veiled = await panel(block)
          .locator('path.veil')
          .evaluate((path) =>
            [...(path.getAttribute('d') ?? '').matchAll(/h(\d+)v1/g)].reduce(
              (sum, [, n]) => sum + Number(n),
              0,
            ),
          );
        const classKept = (await panel(block).locator('.class-words').textContent())?.includes('kept');
        expect(PATCHES - veiled + (classKept ? 1 : 0)).toBe(KEPT);
      }
    }
  });

  it('images are chosen with the keyboard, and each has its own prediction', async () => {
    await lens()
      .getByRole('radio', { name: /, test image 1$/ })
      .check();
    const first = await probabilities();
    await lens()
      .getByRole('radio', { name: /, test image 1$/ })
      .focus();
    await lab.page.keyboard.press('ArrowRight');
    await lab.page.keyboard.press('ArrowRight');
    await lens()
      .getByRole('heading', { name: /test image 3/ })
      .waitFor();
    const third = await probabilities();
    expect(third).toHaveLength(3);
    expect(third).not.toEqual(first);
    expect([...third].sort((a, b) => b - a)).toEqual(third);
  });

  it('arrow keys walk over the tokens, and say score and rank', async () => {
    await tokens(2).focus();
    await lab.page.keyboard.press('Home');
    expect(await tokens(2).getAttribute('aria-valuetext')).toMatch(
      /^class token\. (Kept|Skipped), rank \d+ of 17/,
    );
    await lab.page.keyboard.press('ArrowRight');
    await lab.page.keyboard.press('ArrowDown');
    const words = (await tokens(2).getAttribute('aria-valuetext')) ?? '';
    const [, kept, rank, score, multiple] =
      /^row 2, column 1\. (Kept|Skipped), rank (\d+) of 17\. Score (0\.\d+)\. (\d+\.\d+).× the mean$/.exec(
        words,
      ) ?? [];
    expect(kept).toBe(Number(rank) <= KEPT ? 'Kept' : 'Skipped');
    expect(Number(multiple)).toBeCloseTo(Number(score) * 17, 1);
    expect(await panel(4).locator('.read-out').textContent()).toContain('Row 2, column 1');
    await lab.page.keyboard.press('Escape');
    expect(await panel(4).locator('.read-out').textContent()).toContain('Point at a patch');
  });

  it('scores are one picture of one scale, with numbers', async () => {
    await lens().getByRole('radio', { name: 'Scores' }).check();
    const legend = await lens().locator('.blocks .ticks span').allTextContents();
    const [least = NaN, middle = NaN, most = NaN] = legend.map(Number);
    expect(least).toBeLessThan(middle);
    expect(middle).toBeLessThan(most);
    await lens().getByRole('radio', { name: 'Kept patches' }).check();
  });

  it('the scrubber goes back in the training by keyboard, and to the newest again', async () => {
    const newest = await probabilities();
    await training().focus();
    await lab.page.keyboard.press('ArrowLeft');
    await expect.poll(shownStep).toBe('after step 6');
    expect(await probabilities()).not.toEqual(newest);
    await lab.button('Newest').click();
    await expect.poll(shownStep).toBe('after step 12');
    expect(await probabilities()).toEqual(newest);
  });

  it('says in words how often the class token was kept, beside the map', async () => {
    const maps = lens().locator('.map');
    expect(await maps.count()).toBe(ROUTED.length);
    for (const text of await maps.allTextContents()) {
      const [, share] = /Class token kept in (\d+\.\d).% of the test images/.exec(text) ?? [];
      expect(Number(share)).toBeGreaterThanOrEqual(0);
      expect(Number(share)).toBeLessThanOrEqual(100);
    }
  });

  it('a drawing is classified and routed while it is drawn', async () => {
    await lens().getByRole('radio', { name: 'Draw your own' }).check();
    expect(await probabilities()).toEqual([]);
    const box = await lens().getByRole('application').boundingBox();
    if (!box) throw new Error('no pad');
    await lab.page.mouse.move(box.x + 0.3 * box.width, box.y + 0.3 * box.height);
    await lab.page.mouse.down();
    await lab.page.mouse.move(box.x + 0.7 * box.width, box.y + 0.3 * box.height, { steps: 5 });
    await expect.poll(async () => (await probabilities()).length).toBe(3);
    const begun = await probabilities();
    await lab.page.mouse.move(box.x + 0.4 * box.width, box.y + 0.9 * box.height, { steps: 5 });
    await lab.page.mouse.up();
    await expect.poll(probabilities).not.toEqual(begun);
    for (const block of ROUTED) expect(await panel(block).getAttribute('data-kept')).toBe(String(KEPT));
    await lab.button('Clear').click();
    expect(await probabilities()).toEqual([]);
  });

  it('a test image’s copy is classified as its own pictures are, and changes under the keyboard’s pen', async () => {
    await lens()
      .getByRole('radio', { name: /, test image 4$/ })
      .check();
    const pictured = await probabilities();
    await lab.button('Edit a copy').click();
    await expect.poll(async () => (await probabilities()).length).toBe(3);
    const copied = await probabilities();
    for (const [place, value] of pictured.entries()) expect(copied[place]).toBeCloseTo(value, 0);
    await lens().getByRole('application').focus();
    for (let i = 0; i < 6; i++) await lab.page.keyboard.press('Shift+ArrowDown');
    await expect.poll(probabilities).not.toEqual(copied);
    await lens()
      .getByRole('radio', { name: /, test image 1$/ })
      .check();
  });

  it('an uploaded picture is scaled to the data set and classified', async () => {
    await lens().getByRole('radio', { name: 'Draw your own' }).check();
    await lab.button('Clear').click();
    const png = await lab.page.screenshot({ clip: { x: 0, y: 0, width: 300, height: 200 } });
    const upload = lens().getByLabel('Upload a picture');
    await upload.setInputFiles({ name: 'page.png', mimeType: 'image/png', buffer: png });
    await expect.poll(async () => (await probabilities()).length).toBe(3);
    await upload.setInputFiles({ name: 'no.png', mimeType: 'image/png', buffer: Buffer.from('no picture') });
    await lens().getByText('could not be read as a picture').waitFor();
    await lens()
      .getByRole('radio', { name: /, test image 1$/ })
      .check();
  });

  it('measures token importance of every patch at every routed block', async () => {
    await lens().getByRole('combobox', { name: 'Test images' }).selectOption('4');
    await lens()
      .getByText(`${4 * PATCHES * ROUTED.length} forward passes`)
      .waitFor();
    await lab.button('Measure token importance').click();
    const result = lens().getByRole('table', { name: 'Correlations by block' });
    await result.waitFor({ timeout: 240_000 });
    expect(
      await result.locator('[data-n]').evaluateAll((cells) => cells.map((c) => c.getAttribute('data-n'))),
    ).toEqual(ROUTED.map(() => String(4 * PATCHES)));
    expect(await lens().locator('figcaption').first().textContent()).toMatch(
      /Pearson r = [+−]?[01]\.\d\d, p (= \S+( × \S+)?|< \S+), n = 64/,
    );
    expect(await lens().locator('.meaning').textContent()).toContain('section 4.4');
    const signed = await result.textContent();
    await lens().getByRole('radio', { name: 'Absolute' }).check();
    expect(await result.textContent()).not.toBe(signed);
  });

  it('a measurement can be given up', async () => {
    await lens().getByRole('combobox', { name: 'Test images' }).selectOption('64');
    await lab.button('Measure token importance').click();
    const progress = lens().getByRole('progressbar', { name: 'Measuring token importance' });
    await progress.waitFor();
    await lab.button('Cancel').click();
    await progress.waitFor({ state: 'detached' });
    expect(await lens().getByRole('alert').count()).toBe(0);
  });

  it('of a dense run it says that nothing is routed', async () => {
    await choose('Dense ViT');
    await lens().getByText('routes nothing').waitFor();
    expect(await lens().locator('.panel').count()).toBe(0);
    expect(await lab.button('Measure token importance').count()).toBe(1);
    await choose('A-MoD');
    await panel(2).waitFor();
  });

  for (const scheme of ['light', 'dark'] as const)
    it(`${scheme}: axe finds nothing, and nothing sticks out on a phone`, async () => {
      await lab.page.emulateMedia({ colorScheme: scheme });
      for (const own of [false, true]) {
        const name = own ? 'Draw your own' : /, test image 1$/;
        await lens().getByRole('radio', { name }).check();
        const { violations } = await new AxeBuilder({ page: lab.page }).include('[data-lens]').analyze();
        expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
        await lab.page.setViewportSize({ width: 390, height: 844 });
        const overflow = await lab.page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        expect(overflow).toBeLessThanOrEqual(0);
        await lab.page.setViewportSize({ width: 1440, height: 900 });
      }
    });

  it('shows the same pictures after a reload', async () => {
    await lab.page.reload();
    await panel(2).waitFor();
    expect(await shownStep()).toBe('after step 12');
    expect(await panel(4).getAttribute('data-kept')).toBe(String(KEPT));
    expect(lab.complaints).toEqual([]);
  });
});
