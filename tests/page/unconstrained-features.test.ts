import { AxeBuilder } from '@axe-core/playwright';
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtLab } from '../support/built-lab';
import type { LabPage, StoredSeries } from '../support/lab-page';

/** Four classes, of which the smallest should vanish with more decay. */
const SHORT =
  '?e=unconstrained-features&p=imbalanced&sizes=40+20+10+1&classifierDecay=0.001&duration=200&evalEvery=20' +
  '&vs=Unequal+classes|classifierDecay:0.05,featureDecay:0.02,objective:imbalanced';
const VANISHING = 'classifierDecay:0.05,featureDecay:0.02,objective:imbalanced';
const STEPS = 200;

const site = builtLab();
let lab: LabPage;

const lens = (): Locator => lab.page.getByRole('region', { name: 'Found against predicted' });
const training = (): Locator => lens().getByRole('slider', { name: 'Training', exact: true });
const last = (series: StoredSeries, metric: string): number => series[metric]?.value.at(-1) ?? NaN;
const choose = (index: number): Promise<string[]> =>
  lens().getByRole('combobox', { name: 'Run shown' }).selectOption({ index });

/** Entries of a matrix, in full precision. */
const entries = (group: string, title: string): Promise<number[][]> =>
  lens()
    .getByRole('group', { name: group })
    .getByRole('grid', { name: title })
    .locator('tbody tr')
    .evaluateAll((rows) =>
      rows.map((row) =>
        [...row.querySelectorAll<HTMLElement>('td')].map(({ dataset }) => Number(dataset['value'])),
      ),
    );

beforeAll(async () => {
  lab = await site.visit(SHORT);
});
afterAll(async () => {
  await lab.close();
});

describe('the lens of unconstrained features', () => {
  it('says what it will show, and appears before the first step', async () => {
    await lens().getByText('Nothing trained yet').waitFor();
    await lab.button('Train').click();
    await training().waitFor({ timeout: 240_000 });
    for (const variant of ['Unequal classes', VANISHING]) await lab.reaches(variant, 'done');
    await choose(0);
    await expect.poll(() => training().getAttribute('aria-valuetext')).toBe(`after step ${STEPS}`);
    expect(lab.complaints).toEqual([]);
  });

  it('sets inner products as found beside the predicted, and their difference', async () => {
    const { series } = await lab.record('Unequal classes');
    const [found, predicted, difference] = await Promise.all(
      ['Found', 'Predicted', 'Difference'].map((title) => entries('of rows', title)),
    );
    if (!found || !predicted || !difference) throw new Error('three matrices');
    expect(found).toHaveLength(4);
    for (const [i, row] of found.entries())
      for (const [j, value] of row.entries())
        expect(difference[i]?.[j]).toBeCloseTo(value - (predicted[i]?.[j] ?? NaN), 6);
    const norm = (rows: number[][]) => Math.hypot(...rows.flat());
    expect(norm(difference) / norm(predicted)).toBeCloseTo(last(series, 'classifierGap'), 5);
    // Off the diagonal the closed form has nothing.
    expect(predicted.flatMap((row, i) => row.filter((_, j) => i !== j))).toEqual(Array(12).fill(0));
    for (const [k, row] of found.entries())
      expect(Math.sqrt(row[k] ?? NaN)).toBeCloseTo(last(series, `classLength.${k + 1}`), 5);
  });

  it('saves matrices with colours, numbers and the scale, in fonts that are drawn', async () => {
    const title = 'Inner products of the classifier’s rows';
    const svg = new TextDecoder().decode((await lab.savedChart(title, 'SVG')).bytes);
    const read = await lab.page.evaluate((source) => {
      const file = new DOMParser().parseFromString(source, 'image/svg+xml');
      const paints = [...file.querySelectorAll('rect')].map((rect) => rect.getAttribute('fill') ?? '');
      return {
        texts: [...file.querySelectorAll('text')].map(({ textContent }) => textContent),
        colours: new Set(paints.filter((paint) => paint.startsWith('#'))).size,
        scales: [...file.querySelectorAll('linearGradient')].map(({ id, children }) => ({
          used: paints.includes(`url(#${id})`),
          ends: [children[0], children[children.length - 1]].map((stop) => stop?.getAttribute('stop-color')),
        })),
      };
    }, svg);
    const found = await lens()
      .getByRole('group', { name: 'of rows' })
      .locator('td span')
      .evaluateAll((cells) => cells.map(({ textContent }) => textContent));
    expect(found).toHaveLength(3 * 4 * 4);
    for (const entry of found) expect(read.texts).toContain(entry);
    expect(read.colours).toBeGreaterThan(4);
    expect(read.scales).toEqual([{ used: true, ends: ['#6f9bf2', '#ea9a55'] }]);

    // Letters that come with a second font file, which no event tells of: “ᵀ”. Without it all of that weight is blank.
    const { bytes } = await lab.savedChart(title, 'PNG');
    const soft = await lab.page.evaluate(
      async (content) => {
        const bitmap = await createImageBitmap(new Blob([Uint8Array.from(content)], { type: 'image/png' }));
        const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
        context?.drawImage(bitmap, 0, 0);
        const data = context?.getImageData(0, 0, bitmap.width, 140).data ?? []; // the title with what it is of
        let count = 0;
        for (let i = 0; i < data.length; i += 4)
          if (data[i] === 0x4a && data[i + 1] === 0x52 && data[i + 2] === 0x5c) count++;
        return count;
      },
      [...bytes],
    );
    expect(soft).toBeGreaterThan(300);
    expect(lab.complaints).toEqual([]);
  });

  it('tells lengths by class, and which class should vanish and has', async () => {
    const { series } = await lab.record('Unequal classes');
    const cell = (k: number) => lens().locator(`tr[data-class="${k}"] [data-row]`);
    for (const k of [1, 2, 3, 4]) {
      expect(Number(await cell(k).getAttribute('data-row'))).toBeCloseTo(last(series, `classLength.${k}`), 5);
      expect(Number(await cell(k).getAttribute('data-predicted'))).toBeCloseTo(
        last(series, `predictedClassLength.${k}`),
        5,
      );
    }
    await lens()
      .getByText(/^No class should vanish\./)
      .waitFor();

    await choose(1);
    // a_k = 71² · 0.05 · 0.02 ∕ n_k
    for (const [k, size] of [40, 20, 10, 1].entries()) {
      const a = await lens()
        .locator(`tr[data-class="${k + 1}"] [data-threshold]`)
        .getAttribute('data-threshold');
      expect(Number(a)).toBeCloseTo((71 ** 2 * 0.001) / size, 9);
    }
    const vanishing = await lab.record(VANISHING);
    await lens()
      .getByText(
        `Class 4 should vanish: a_k = N² λ_W λ_H ∕ n_k is 1 or more. Vanished at this step: ${last(vanishing.series, 'collapsedClasses')} of 4.`,
      )
      .waitFor();
    expect(await lens().locator('tr[data-class="4"] [data-row]').getAttribute('data-predicted')).toBe('0');
    await choose(0);
  });

  it('draws the distance from the closed form on a log axis', async () => {
    const { series } = await lab.record('Unequal classes');
    for (const [chart, metric] of [
      ['Distance, the largest of the three', 'gap'],
      ['Classifier, W Wᵀ', 'classifierGap'],
      ['Features, H Hᵀ, all samples', 'featureGap'],
      ['Logits, H Wᵀ', 'logitGap'],
    ] as const) {
      const slider = lens().getByRole('slider', { name: `Cross-hair of ${chart}`, exact: true });
      await slider.focus();
      await lab.page.keyboard.press('End');
      const words = (await slider.getAttribute('aria-valuetext'))?.split('; ') ?? [];
      expect(words[0]).toBe(`Step ${STEPS}`);
      const value = words.find((text) => text.startsWith('Unequal classes '))?.split(' ')[2] ?? '';
      expect(Number(value.replace('−', '-')) / last(series, metric)).toBeCloseTo(1, 2);
      await lab.page.keyboard.press('Escape');
    }
    expect(await lens().locator('li[data-variant="Unequal classes"]').textContent()).toMatch(
      /at step 200, from [\d.]+ at first: (above 0\.001|at most 0\.001 from step \d+ on)\.$/,
    );
  });

  it('goes back to the step that the reader chooses', async () => {
    const before = await entries('of rows', 'Found');
    await training().focus();
    await lab.page.keyboard.press('Home');
    await expect.poll(() => training().getAttribute('aria-valuetext')).toBe('after step 0');
    expect(await entries('of rows', 'Found')).not.toEqual(before);
    await lab.page.keyboard.press('End');
    await expect.poll(() => entries('of rows', 'Found')).toEqual(before);
  });

  it('pictures features in space', async () => {
    expect(await lens().getByRole('application').getAttribute('aria-label')).toContain(
      'of the classes Class 1, Class 2, Class 3, after step 200',
    );
  });

  for (const scheme of ['light', 'dark'] as const)
    it(`${scheme}: axe finds nothing`, async () => {
      await lab.page.emulateMedia({ colorScheme: scheme });
      const { violations } = await new AxeBuilder({ page: lab.page }).include('[data-lens]').analyze();
      expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
    });

  it('nothing sticks out of the page at 390 pixels', async () => {
    await lab.page.setViewportSize({ width: 390, height: 844 });
    await expect
      .poll(() => lab.page.evaluate(() => document.documentElement.scrollWidth - innerWidth))
      .toBeLessThanOrEqual(0);
    await lab.page.setViewportSize({ width: 1440, height: 900 });
  });

  it('stands again after a reload, from the stored runs', async () => {
    await lab.page.reload();
    await lens().getByRole('group', { name: 'of rows' }).waitFor();
    expect(lab.complaints).toEqual([]);
  });
});
