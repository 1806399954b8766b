import { AxeBuilder } from '@axe-core/playwright';
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtLab } from '../support/built-lab';
import type { LabPage } from '../support/lab-page';

/** A very small ViT on patches of 7 pixels, 20 steps; pictured at steps 0, 10 and 20. */
const SHORT = '?e=tract&p=smoke&trainExamples=640&testExamples=250&evalEvery=10';
const STEPS = 20;
const FILTERS = 32;
const SIZE = 49;
const LAMBDA = 0.1;
/** Test images that are measured one by one. */
const SAMPLE = 64;

const site = builtLab();
let lab: LabPage;

const lens = (): Locator => lab.page.getByRole('region', { name: 'How the first layer learns' });
const grid = (variant: string): Locator =>
  lens().getByRole('slider', { name: `Filters of ${variant}, seed 0`, exact: true });
const training = (): Locator => lens().getByRole('slider', { name: 'Training', exact: true });
const aspect = (name: string): Locator => lens().getByRole('radio', { name, exact: true });
const figure = (name: RegExp): Locator => lens().getByRole('figure', { name });
const scale = (): Promise<number> =>
  lens()
    .locator('[data-scale]')
    .getAttribute('data-scale')
    .then((text) => Number(text));

/** The picture of all filters as bytes, and how many pixels lie in a row. */
const pixels = (variant: string): Promise<{ width: number; height: number; rgba: number[] }> =>
  grid(variant)
    .locator('canvas')
    .evaluate((canvas) => {
      const { width, height } = canvas as HTMLCanvasElement;
      const context = (canvas as HTMLCanvasElement).getContext('2d');
      return { width, height, rgba: [...(context?.getImageData(0, 0, width, height).data ?? [])] };
    });

/** Numbers of a stored snapshot. */
async function stored(variant: string, name: string, array: string, step?: number): Promise<number[]> {
  const { record } = await lab.record(variant);
  const found = record.snapshots?.findLast(
    (snapshot) => snapshot.name === name && (step === undefined || snapshot.step === step),
  );
  return Object.values(found?.arrays[array]?.values ?? {});
}

beforeAll(async () => {
  lab = await site.visit(SHORT);
});
afterAll(async () => {
  await lab.close();
});

describe('the lens of TrAct', () => {
  it('says what it will show, and appears before the first step', async () => {
    await lens().getByText('Nothing trained yet').waitFor();
    await lab.button('Train').click();
    await grid('TrAct').waitFor({ timeout: 240_000 });
    await lab.reaches('TrAct', 'done');
    await lab.reaches('Vanilla', 'done');
    await grid('Vanilla').waitFor();
    // A run that begins later takes nothing away from the method's.
    const shown = (name: string): Promise<string | null> =>
      lens().getByRole('combobox', { name }).locator('option:checked').textContent();
    expect(await shown('Run shown')).toBe('TrAct, seed 0');
    expect(await shown('Run beside it')).toBe('Vanilla, seed 0');
    await expect.poll(() => training().getAttribute('aria-valuetext')).toBe(`after step ${STEPS}`);
    expect(lab.complaints).toEqual([]);
  });

  it('draws both runs’ filters on one scale, which holds nearly all weights', async () => {
    const change = await scale();
    await aspect('Weights').check();
    const limit = await scale();
    expect(await lens().locator('[data-scale]').count()).toBe(1);
    expect(await lens().locator('[data-scale]').textContent()).toMatch(
      new RegExp(`−${limit}\\s*0\\s*\\+${limit}`),
    );
    expect(change).toBeLessThan(limit);
    for (const variant of ['TrAct', 'Vanilla']) {
      const weights = await stored(variant, 'filters', 'filters');
      expect(weights).toHaveLength(FILTERS * SIZE);
      const beyond = weights.filter((weight) => Math.abs(weight) > limit).length;
      expect(beyond).toBeLessThanOrEqual(0.005 * weights.length + 1);
      const { width, height } = await pixels(variant);
      expect(width * height).toBe(FILTERS * SIZE);
    }
  });

  it('draws positive change orange and negative blue, in the place of its weight', async () => {
    await aspect('Change').check();
    for (const variant of ['TrAct', 'Vanilla']) {
      const start = await stored(variant, 'filters', 'filters', 0);
      const end = await stored(variant, 'filters', 'filters', STEPS);
      const { width, rgba } = await pixels(variant);
      const limit = await scale();
      const columns = width / 7;
      let checked = 0;
      for (const [i, value] of end.entries()) {
        const change = value - (start[i] ?? NaN);
        if (Math.abs(change) < limit / 4) continue;
        const [filter, y, x] = [Math.floor(i / SIZE), Math.floor((i % SIZE) / 7), i % 7];
        const at = 4 * ((Math.floor(filter / columns) * 7 + y) * width + (filter % columns) * 7 + x);
        expect((rgba[at] ?? NaN) > (rgba[at + 2] ?? NaN)).toBe(change > 0);
        checked++;
      }
      expect(checked).toBeGreaterThan(100);
    }
  });

  it('begins with the same filters in both runs, which then part', async () => {
    await lens().getByText('they began with the same weights').waitFor();
    await aspect('Weights').check();
    expect((await pixels('TrAct')).rgba).not.toEqual((await pixels('Vanilla')).rgba);
    await training().focus();
    await lab.page.keyboard.press('Home');
    await expect.poll(() => training().getAttribute('aria-valuetext')).toBe('after step 0');
    const limit = await scale();
    expect((await pixels('TrAct')).rgba).toEqual((await pixels('Vanilla')).rgba);
    await lens().getByText('nothing has moved yet').waitFor();
    await lab.button('Newest').click();
    await expect.poll(() => training().getAttribute('aria-valuetext')).toBe(`after step ${STEPS}`);
    expect(await scale()).toBe(limit); // it stays put over the training
    await aspect('Change').check();
  });

  it('arrow keys choose a filter in both grids, which is shown over training', async () => {
    await figure(/^Filter 1 over training$/).waitFor();
    await grid('TrAct').focus();
    await lab.page.keyboard.press('ArrowRight');
    for (const variant of ['TrAct', 'Vanilla']) {
      const words = (await grid(variant).getAttribute('aria-valuetext')) ?? '';
      const [, size, change] = /^filter 2 of 32\. size ([\d.]+), changed by ([\d.]+)$/.exec(words) ?? [];
      const of = async (step: number) =>
        (await stored(variant, 'filters', 'filters', step)).slice(SIZE, 2 * SIZE);
      const [start, end] = [await of(0), await of(STEPS)];
      const rms = (values: number[]) => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length);
      expect(Number(size)).toBe(Number(rms(end).toPrecision(2)));
      expect(Number(change)).toBe(
        Number(rms(end.map((value, i) => value - (start[i] ?? NaN))).toPrecision(2)),
      );
    }
    await figure(/^Filter 2 over training$/).waitFor();
  });

  it('draws the spectrum with λ, and tells the condition number', async () => {
    const eigenvalues = await stored('TrAct', 'spectrum', 'eigenvalues');
    expect(eigenvalues).toHaveLength(SIZE);
    const text = (await figure(/^Spectrum of the inputs/).textContent()) ?? '';
    const [, condition] = /Condition number \(λmax \+ λ\) \/ \(λmin \+ λ\) = ([\d,.]+);/.exec(text) ?? [];
    const expected = ((eigenvalues[0] ?? NaN) + LAMBDA) / ((eigenvalues.at(-1) ?? NaN) + LAMBDA);
    expect(Number(condition?.replace(',', ''))).toBe(Number(expected.toPrecision(3)));
    expect(text).toContain(`With λ = ${LAMBDA}`);
    const hair = lens().getByRole('slider', { name: /^Cross-hair of Eigenvalues/ });
    await hair.focus();
    await lab.page.keyboard.press('Home');
    const values = (await hair.getAttribute('aria-valuetext')) ?? '';
    expect(values).toMatch(/^Rank 1; /);
    expect(Number(/Eigenvalue ([\d.]+)/.exec(values)?.[1])).toBe(
      Number((eigenvalues[0] ?? NaN).toPrecision(3)),
    );
    expect(values).toContain(`λ = ${LAMBDA} ${LAMBDA}`);
    await lab.page.keyboard.press('Escape');
  });

  it('draws every image’s response against its contrast: steep for vanilla, nearly flat for TrAct', async () => {
    const scatter = figure(/^What a step does to each image/);
    expect(await scatter.locator('path.marker').count()).toBe(2 * SAMPLE);
    const power = async (update: string): Promise<number> =>
      Number(await scatter.locator(`[data-update="${update}"]`).getAttribute('data-power'));
    const [vanilla, tract] = [await power('vanilla'), await power('tract')];
    expect(vanilla).toBeGreaterThan(1);
    expect(Math.abs(tract)).toBeLessThan(0.5);
    const spoken = (await scatter.getByRole('img').getAttribute('aria-label')) ?? '';
    expect(spoken).toContain(`of ${SAMPLE} test images`);
    expect(spoken).toContain(`power ${vanilla.toFixed(2)} ±`);
    await scatter.getByText('An image of twice the contrast changes its pre-activations').waitFor();
    await scatter.getByRole('radio', { name: 'As they are' }).check();
    expect(await power('vanilla')).not.toBe(vanilla);
    await scatter.getByRole('radio', { name: 'Of what is asked' }).check();
    expect(await power('vanilla')).toBe(vanilla);
  });

  it('stays with the run that the reader chooses, its counterpart beside it', async () => {
    await lens().getByRole('combobox', { name: 'Run shown' }).selectOption({ label: 'Vanilla, seed 0' });
    await lens().locator('[data-side="0"]', { hasText: 'Vanilla, seed 0' }).waitFor();
    expect(
      await lens().getByRole('combobox', { name: 'Run beside it' }).locator('option:checked').textContent(),
    ).toBe('TrAct, seed 0');
    await lens().getByText('TrAct would divide').waitFor();
    await lens().getByRole('combobox', { name: 'Run shown' }).selectOption({ label: 'TrAct, seed 0' });
  });

  for (const scheme of ['light', 'dark'] as const)
    it(`${scheme}: axe finds nothing, and zero has the paper’s colour`, async () => {
      await lab.page.emulateMedia({ colorScheme: scheme });
      const { violations } = await new AxeBuilder({ page: lab.page }).include('[data-lens]').analyze();
      expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
      await training().focus();
      await lab.page.keyboard.press('Home');
      await expect.poll(() => training().getAttribute('aria-valuetext')).toBe('after step 0');
      const paper = scheme === 'light' ? [255, 255, 255, 255] : [17, 20, 24, 255];
      await expect.poll(async () => (await pixels('TrAct')).rgba.slice(0, 4)).toEqual(paper);
      await lab.button('Newest').click();
    });

  it('nothing sticks out of the page at 390 pixels', async () => {
    await lab.page.setViewportSize({ width: 390, height: 844 });
    await expect
      .poll(() => lab.page.evaluate(() => document.documentElement.scrollWidth - innerWidth))
      .toBeLessThanOrEqual(0);
    await lab.page.setViewportSize({ width: 1440, height: 900 });
  });

  it('shows the same pictures after a reload', async () => {
    const before = await pixels('TrAct');
    await lab.page.reload();
    await grid('Vanilla').waitFor();
    expect(await pixels('TrAct')).toEqual(before);
    expect(lab.complaints).toEqual([]);
  });
});
