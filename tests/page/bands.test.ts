import { AxeBuilder } from '@axe-core/playwright';
import type { Locator } from 'playwright-core';
import { afterAll, describe, expect, it } from 'vitest';
import { builtLab } from '../support/built-lab';
import type { LabPage, StoredSeries } from '../support/lab-page';

const SEEDS = [0, 1, 2] as const;
/** Upper 97.5 % point of Student's distribution with two degrees of freedom: p ∕ √(2 p (1 − p)) with p = 0.95. */
const T = 0.95 / Math.sqrt(2 * 0.975 * 0.025);
const built = builtLab();

const plain = (text: string | null) => (text ?? '').replaceAll('\u00a0', ' ').replaceAll(/\s+/g, ' ').trim();

/** Mean and interval of three values. */
function intervalOf(values: readonly number[]): { mean: number; low: number; high: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / 3;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 2);
  const half = (T * deviation) / Math.sqrt(3);
  return { mean, low: mean - half, high: mean + half };
}

let lab: LabPage;
const series = new Map<string, StoredSeries>();
const of = (variant: string, seed: number, metric: string) => {
  const found = series.get(`${variant} ${seed}`)?.[metric];
  if (!found) throw new Error(`No ${metric} of ${variant}, seed ${seed}`);
  return found;
};
const chart = (name: string | RegExp): Locator => lab.page.getByRole('figure', { name, exact: true });
const hero = () => chart('Test accuracy, %');
const caption = async (figure: Locator) => plain(await figure.locator('figcaption').textContent());
const difference = () => lab.page.locator('[data-comparison]');
const heading = () => difference().getAttribute('data-comparison');
const baseline = () => lab.page.getByRole('region', { name: 'Variants' }).getByLabel('Differences to');

/** Cells of the table that belongs to a chart, by line and x. */
async function tableOf(name: string) {
  const table = lab.page.locator(`table[data-chart="${name}"]`);
  const fold = lab.page.locator('summary').filter({ hasText: `Table of ${name}` });
  if ((await table.count()) === 0) await fold.press('Enter');
  // What is drawn follows the runs by a frame.
  await table.locator('td[data-value]').first().waitFor();
  const cells = await table.locator('td[data-value]').evaluateAll((found) =>
    found.map((cell) => {
      const number = (key: string) => Number(cell.getAttribute(key) ?? NaN);
      return {
        line: cell.getAttribute('data-line') ?? '',
        x: Number(cell.closest('tr')?.getAttribute('data-x')),
        ...{
          mean: number('data-value'),
          low: number('data-low'),
          high: number('data-high'),
          n: number('data-n'),
        },
      };
    }),
  );
  return { table, cells };
}

/** How many pixels of a chart's canvas have paint on them. */
const painted = (figure: Locator): Promise<number> =>
  figure.locator('canvas').evaluate((canvas) => {
    if (!(canvas instanceof HTMLCanvasElement)) return 0;
    const { data } = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] };
    let count = 0;
    for (let i = 3; i < data.length; i += 4) if ((data[i] ?? 0) > 0) count++;
    return count;
  });

afterAll(() => lab.close());

describe('three seeds of two variants', () => {
  it('train', async () => {
    lab = await built.visit('?e=tract&p=smoke&trainExamples=1600&testExamples=250&seeds=0-2');
    await lab.button('Train').click();
    for (const seed of SEEDS)
      for (const variant of ['TrAct', 'Vanilla']) {
        await lab.reaches(variant, 'done', { seed });
        series.set(`${variant} ${seed}`, (await lab.record(variant, seed)).series);
      }
  });

  it('are drawn as their mean with a t-interval, and the chart says so', async () => {
    await expect.poll(() => caption(hero())).toContain('mean of 3 seeds, band: 95 % t-interval');
    const { cells, table } = await tableOf('Test accuracy, %');
    expect(plain(await table.locator('caption').textContent())).toBe(
      'Test accuracy, % · mean of 3 seeds, band: 95 % t-interval',
    );
    for (const variant of ['TrAct', 'Vanilla']) {
      const { step } = of(variant, 0, 'testAccuracy');
      const told = cells.filter(({ line }) => line === variant);
      expect(told.map(({ x }) => x)).toEqual(step);
      for (const [i, cell] of told.entries()) {
        const wanted = intervalOf(SEEDS.map((seed) => of(variant, seed, 'testAccuracy').value[i] ?? NaN));
        expect(cell.n).toBe(3);
        expect(cell.mean).toBeCloseTo(wanted.mean, 12);
        expect(cell.low).toBeCloseTo(wanted.low, 9);
        expect(cell.high).toBeCloseTo(wanted.high, 9);
      }
    }
  });

  it('are drawn each by itself where the reader wants that, and the link says so', async () => {
    const withBands = await painted(hero());
    await lab.page.getByRole('radio', { name: 'Each' }).check();
    await expect.poll(() => hero().locator('figcaption').count()).toBe(0);
    await expect.poll(() => painted(hero())).toBeLessThan(withBands);
    await expect.poll(() => new URL(lab.page.url()).hash).toBe('#bands=off');
    await lab.page.reload();
    await expect.poll(() => lab.page.getByRole('radio', { name: 'Each' }).isChecked()).toBe(true);
    await lab.page.getByRole('radio', { name: 'Mean' }).check();
    await expect.poll(() => new URL(lab.page.url()).hash).toBe('');
    await expect.poll(() => caption(hero())).toContain('mean of 3 seeds');
  });

  it('have geometric means on a log axis', async () => {
    await lab.page.getByLabel('Log y').check();
    const loss = chart('Training loss, nats');
    await expect
      .poll(() => caption(loss))
      .toContain('geometric mean of 3 seeds, band: 95 % t-interval of the logarithms');
    const { cells } = await tableOf('Training loss, nats');
    const last = cells.findLast(({ line }) => line === 'TrAct');
    const logs = SEEDS.map((seed) => Math.log(of('TrAct', seed, 'trainLoss').value.at(-1) ?? NaN));
    const wanted = intervalOf(logs);
    expect(Math.log(last?.mean ?? NaN)).toBeCloseTo(wanted.mean, 12);
    expect(Math.log(last?.low ?? NaN)).toBeCloseTo(wanted.low, 9);
    await lab.page.getByLabel('Log y').uncheck();
    await expect.poll(() => caption(loss)).toContain('mean of 3 seeds');
  });
});

describe('the difference curve', () => {
  it('is of pairs of one seed, with zero, the claim’s margin and the sign in words', async () => {
    expect(await heading()).toBe('TrAct − Vanilla');
    const figure = difference().getByRole('figure');
    // What is drawn follows the runs by a frame.
    await expect.poll(() => caption(figure)).toContain('mean of 3 pairs');
    const said = await caption(figure);
    expect(said).toContain('above zero: TrAct better than Vanilla');
    expect(said).toContain('±0.50 points, no practical difference');
    expect(said).toContain('mean of 3 pairs, band: 95 % t-interval');
    const strip = figure.locator('.strip');
    expect(await strip.getAttribute('data-from')).toBe('-0.005');
    expect(await strip.getAttribute('data-to')).toBe('0.005');

    const { cells } = await tableOf('TrAct − Vanilla in test accuracy at equal steps, points');
    expect(cells.map(({ x }) => x)).toEqual(of('TrAct', 0, 'testAccuracy').step);
    for (const [i, cell] of cells.entries()) {
      const value = (variant: string, seed: number) => of(variant, seed, 'testAccuracy').value[i] ?? NaN;
      const wanted = intervalOf(SEEDS.map((seed) => value('TrAct', seed) - value('Vanilla', seed)));
      expect(cell).toMatchObject({ line: 'TrAct', n: 3 });
      expect(cell.mean).toBeCloseTo(wanted.mean, 12);
      expect(cell.low).toBeCloseTo(wanted.low, 9);
      expect(cell.high).toBeCloseTo(wanted.high, 9);
    }
    // Its last point is what the claim is judged by.
    const strip0 = lab.page.locator('.claim').first();
    expect(Number(await strip0.locator('[data-mean]').getAttribute('data-mean'))).toBeCloseTo(
      cells.at(-1)?.mean ?? NaN,
      12,
    );
  });

  it('is to any variant, which the link keeps; the claims keep their own', async () => {
    const claimed = await lab.page.locator('.claim').first().textContent();
    const specs = new URL(lab.page.url()).search;
    await baseline().selectOption('TrAct');
    await expect.poll(heading).toBe('Vanilla − TrAct');
    await expect.poll(() => new URL(lab.page.url()).hash).toBe('#base=TrAct');
    expect(new URL(lab.page.url()).search).toBe(specs);
    await lab.page.reload();
    await expect.poll(heading).toBe('Vanilla − TrAct');
    expect(await baseline().inputValue()).toBe('TrAct');
    expect(await caption(difference().getByRole('figure'))).toContain(
      'above zero: Vanilla better than TrAct',
    );
    expect(plain(await difference().textContent())).toContain('claims above keep their own baselines');
    expect(await lab.page.locator('.claim').first().textContent()).toBe(claimed);

    await difference().getByLabel('in metric').selectOption('testLoss');
    await expect.poll(() => new URL(lab.page.url()).hash).toBe('#base=TrAct&diff=testLoss');
    await expect
      .poll(() => caption(difference().getByRole('figure')))
      .toContain('below zero: Vanilla better than TrAct');
  });
});

it('charts and tables are clean for axe, and fit a phone', async () => {
  for (const scheme of ['light', 'dark'] as const) {
    await lab.page.emulateMedia({ colorScheme: scheme });
    const { violations } = await new AxeBuilder({ page: lab.page }).include('.results').analyze();
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
  }
  await tableOf('Test accuracy, %');
  for (const width of [390, 1440]) {
    await lab.page.setViewportSize({ width, height: 900 });
    await expect
      .poll(() => lab.page.evaluate(() => document.documentElement.scrollWidth - innerWidth))
      .toBeLessThanOrEqual(0);
  }
  expect(lab.complaints).toEqual([]);
});
