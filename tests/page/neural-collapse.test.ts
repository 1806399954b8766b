import { AxeBuilder } from '@axe-core/playwright';
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtLab } from '../support/built-lab';
import type { LabPage, StoredSeries } from '../support/lab-page';

/** 100 items of clothing, a small MLP: with batch norm past zero error well before the end. */
const SHORT =
  '?e=neural-collapse&p=smoke&dataset=fashion-mnist&perClass=10&testExamples=200&width=64&features=16&batch=20&learningRate=0.05&duration=160' +
  '&evalEvery=40&robustness=4&vs=Batch+norm|No+batch+norm';
const VARIANTS = ['Batch norm', 'No batch norm'];
const STEPS = 160;
const CLASSES = 10;

const site = builtLab();
let lab: LabPage;

const lens = (): Locator => lab.page.getByRole('region', { name: 'How features and classifier collapse' });
const figure = (name: string): Locator => lens().getByRole('figure', { name, exact: true });
const matrix = (title: string): Locator => lens().getByRole('grid', { name: title });
const training = (): Locator => lens().getByRole('slider', { name: 'Training', exact: true });
const last = (series: StoredSeries, metric: string): number => series[metric]?.value.at(-1) ?? NaN;

/** The values at the last step, as the cross-hair says them. */
async function lastValues(chart: string, place: string): Promise<Map<string, number>> {
  const slider = lens().getByRole('slider', { name: `Cross-hair of ${chart}`, exact: true });
  await slider.focus();
  await lab.page.keyboard.press('End');
  const [at, ...values] = ((await slider.getAttribute('aria-valuetext')) ?? '').split('; ');
  expect(at).toBe(place);
  await lab.page.keyboard.press('Escape');
  return new Map(
    values.flatMap((text) => {
      const [, name, value] = /^(.+) ([\d.e+−-]+)(?:\s%)?$/.exec(text) ?? [];
      return name === undefined || value === undefined ? [] : [[name, Number(value.replace('−', '-'))]];
    }),
  );
}

/** Entries of a matrix, in full precision. */
const entries = (title: string): Promise<number[][]> =>
  matrix(title)
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

describe('the lens of neural collapse', () => {
  it('says what it will show, and appears before the first step', async () => {
    await lens().getByText('Nothing trained yet').waitFor();
    await lab.button('Train').click();
    await training().waitFor({ timeout: 240_000 });
    for (const variant of VARIANTS) await lab.reaches(variant, 'done');
    await expect.poll(() => training().getAttribute('aria-valuetext')).toBe(`after step ${STEPS}`);
    expect(
      await lens().getByRole('combobox', { name: 'Run shown' }).locator('option:checked').textContent(),
    ).toBe('Batch norm, seed 0');
    expect(lab.complaints).toEqual([]);
  });

  it('draws the cosines of all classes, whose spread is the NC2 that the run told', async () => {
    const { series } = await lab.record('Batch norm');
    for (const [title, of] of [
      ['Class means centred, μ_c − μ_G', 'Means'],
      ['Classifier rows w_c', 'Classifier'],
    ] as const) {
      const cosines = await entries(title);
      expect(cosines.map((row) => row.length)).toEqual(Array(CLASSES).fill(CLASSES));
      const pairs = cosines.flatMap((row, i) => row.slice(0, i));
      const mean = pairs.reduce((a, b) => a + b) / pairs.length;
      const deviation = Math.sqrt(pairs.reduce((sum, value) => sum + (value - mean) ** 2, 0) / pairs.length);
      const away = pairs.reduce((sum, value) => sum + Math.abs(value + 1 / 9), 0) / pairs.length;
      expect(deviation).toBeCloseTo(last(series, `equiangular${of}`), 5);
      expect(away).toBeCloseTo(last(series, `maximalAngle${of}`), 5);
      const words = (await figure(title).locator('.said').textContent()) ?? '';
      expect(words).toContain(`standard deviation ${deviation.toFixed(3)}; target −0.111`);
    }
    await lens().getByText('−0.111 = −1 ∕ (C − 1)').waitFor();
  });

  it('says of each pair what the keyboard or the pointer comes to', async () => {
    const title = 'Class means centred, μ_c − μ_G';
    const [first] = await entries(title);
    const cell = matrix(title).getByRole('gridcell').first();
    await cell.focus();
    await lab.page.keyboard.press('ArrowRight');
    const said = figure(title).locator('.said');
    const value = Math.abs(first?.[1] ?? NaN).toFixed(3);
    expect(await said.textContent()).toMatch(
      new RegExp(`^T-shirt/top and Trouser: cosine −?${value}, (0\\.\\d{3} (above|below)|at) the target$`),
    );
    await matrix(title).getByRole('gridcell').nth(11).hover();
    expect(await said.textContent()).toBe('Trouser: a class and itself, 1');
    await lab.page.mouse.move(0, 0);
    await cell.evaluate((element) => (element as HTMLElement).blur());
  });

  it('goes back to the step that the reader chooses, in all pictures', async () => {
    const title = 'Class means centred, μ_c − μ_G';
    const before = await entries(title);
    await training().focus();
    await lab.page.keyboard.press('Home');
    await expect.poll(() => training().getAttribute('aria-valuetext')).toBe('after step 0');
    expect(await entries(title)).not.toEqual(before);
    await lens().getByText('Features in space after step 0').waitFor();
    await lab.page.keyboard.press('End');
    await expect.poll(() => entries(title)).toEqual(before);
  });

  it('draws NC1 to NC4 with the numbers that the runs told, and the terminal phase in words', async () => {
    const records = new Map(
      await Promise.all(VARIANTS.map(async (variant) => [variant, await lab.record(variant)] as const)),
    );
    for (const [chart, metric] of [
      ['NC1, tr(Σ_W Σ_B⁺) ∕ C', 'nc1'],
      ['NC1, tr Σ_W ∕ tr Σ_B', 'traceQuotient'],
      ['NC3, self-duality', 'nc3'],
      ['Robustness, |r| ∕ |x|', 'robustness'],
    ] as const) {
      const values = await lastValues(chart, `Step ${STEPS}`);
      expect([...values.keys()].sort()).toEqual(VARIANTS);
      for (const [variant, { series }] of records)
        expect(values.get(variant)).toBeCloseTo(last(series, metric), 2);
    }
    for (const [variant, { series }] of records) {
      const words = (await lens().locator(`li[data-variant="${variant}"]`).textContent()) ?? '';
      const accuracies = series['trainAccuracy'];
      const reached = (accuracies?.value.at(-1) ?? 0) >= 0.999;
      if (!reached) {
        expect(words).toContain('99.9\u00a0% training accuracy is not reached');
        continue;
      }
      const from = (accuracies?.value ?? []).findLastIndex((value) => value < 0.999) + 1;
      expect(words).toContain(`≥ 99.9\u00a0% training accuracy from step ${accuracies?.step[from]}.`);
      expect(words).toMatch(/NC1 (went on falling|hardly changed|rose) since|NC1 went on falling,/);
      expect(last(series, 'terminalStep')).toBe(accuracies?.step[from]);
    }
    // Otherwise nothing above has seen a terminal phase.
    expect(last(records.get('Batch norm')?.series ?? {}, 'trainAccuracy')).toBeGreaterThanOrEqual(0.999);
  });

  it('draws NC2 of class means, of the classifier or of both', async () => {
    const chart = 'NC2, equal angles';
    const { series } = await lab.record('Batch norm');
    const both = await lastValues(chart, `Step ${STEPS}`);
    expect([...both.keys()].sort()).toEqual(
      VARIANTS.flatMap((variant) => [`${variant}, classifier`, `${variant}, means`]).sort(),
    );
    expect(both.get('Batch norm, classifier')).toBeCloseTo(last(series, 'equiangularClassifier'), 3);
    await lens().getByRole('radio', { name: 'Class means' }).check();
    await expect
      .poll(async () => (await lastValues(chart, `Step ${STEPS}`)).get('Batch norm') ?? NaN)
      .toBeCloseTo(last(series, 'equiangularMeans'), 3);
    await lens().getByRole('radio', { name: 'Both' }).check();
  });

  it('draws NC1 of every layer', async () => {
    const { series } = await lab.record('Batch norm');
    const values = await lastValues('NC1 of each layer, tr(Σ_W Σ_B⁺) ∕ C', 'Layer 3');
    expect(values.get('Batch norm')).toBeCloseTo(last(series, 'layerNc1.3'), 2);
    await lens().getByRole('radio', { name: 'tr Σ_W ∕ tr Σ_B' }).check();
    const quotients = await lastValues('NC1 of each layer, tr Σ_W ∕ tr Σ_B', 'Layer 3');
    expect(quotients.get('Batch norm')).toBeCloseTo(last(series, 'layerQuotient.3'), 2);
  });

  it('tells the classes one by one', async () => {
    await lens().getByText('All 10 classes have 10 training images each.').waitFor();
    const { series } = await lab.record('Batch norm');
    const row = lens().locator('tr[data-class="Shirt"]');
    const value = async (name: string) => Number(await row.locator(`[${name}]`).getAttribute(name));
    expect(await value('data-length')).toBeCloseTo(last(series, 'classLength.7'), 5);
    expect(await value('data-accuracy')).toBeCloseTo(last(series, 'classAccuracy.7'), 5);
  });

  it('pictures features and class means in space, of the classes chosen', async () => {
    const picture = lens().getByRole('application').first();
    expect(await picture.getAttribute('aria-label')).toContain(
      'of the classes T-shirt/top, Trouser, Pullover, after step 160',
    );
    await lens().getByRole('checkbox', { name: 'Shirt', exact: true }).check();
    await expect.poll(() => picture.getAttribute('aria-label')).toContain('Pullover, Shirt');
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
    const before = await entries('Classifier rows w_c');
    await lab.page.reload();
    await matrix('Classifier rows w_c').waitFor();
    expect(await entries('Classifier rows w_c')).toEqual(before);
    expect(await lens().locator('li[data-variant="Batch norm"]').textContent()).toContain('from step');
    expect(lab.complaints).toEqual([]);
  });
});
