import { AxeBuilder } from '@axe-core/playwright';
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtLab } from '../support/built-lab';
import type { LabPage, StoredSeries } from '../support/lab-page';

/** Two overlaid items, a very small network, gradients measured at steps 3, 6, 9 and 12. */
const SHORT =
  '?e=task-weighting&p=smoke&trainExamples=500&validationExamples=100&testExamples=250&width=16&batch=20&duration=12' +
  '&evalEvery=6&measures=true&measureEvery=3&measureSamples=2&vs=UW-SO|UW|UW+from+s+%3D+3|EW';
const VARIANTS = ['UW-SO', 'UW', 'UW from s = 3', 'EW'];
const TASKS = ['left', 'right'];
const STEPS = 12;

const site = builtLab();
let lab: LabPage;

const lens = (): Locator => lab.page.getByRole('region', { name: 'What each task weighs' });
const figure = (name: string): Locator => lens().getByRole('figure', { name, exact: true });
/** The values at the last step, as the cross-hair says them: a number per task or variant. */
async function lastValues(chart: string): Promise<Map<string, number>> {
  const slider = lens().getByRole('slider', { name: `Cross-hair of ${chart}`, exact: true });
  await slider.focus();
  await lab.page.keyboard.press('End');
  const [place, ...values] = ((await slider.getAttribute('aria-valuetext')) ?? '').split('; ');
  expect(place).toBe(`Step ${STEPS}`);
  await lab.page.keyboard.press('Escape');
  return new Map(
    values.map((text) => {
      const [, name = '', value = ''] = /^(.+) ([\d.e-]+)(?:\s%)?$/.exec(text) ?? [];
      return [name, Number(value)] as const;
    }),
  );
}
const last = (series: StoredSeries, metric: string): number => series[metric]?.value.at(-1) ?? NaN;

beforeAll(async () => {
  lab = await site.visit(SHORT);
});
afterAll(async () => {
  await lab.close();
});

describe('the lens of task weighting', () => {
  it('says what it will show, and appears as runs train', async () => {
    await lens().getByText('Nothing trained yet').waitFor();
    await lab.button('Train').click();
    await figure('Weight of each task').waitFor({ timeout: 240_000 });
    for (const variant of VARIANTS) await lab.reaches(variant, 'done');
    // A run that begins later takes nothing away from the method's.
    expect(
      await lens().getByRole('combobox', { name: 'Run shown' }).locator('option:checked').textContent(),
    ).toBe('UW-SO, seed 0');
    expect(lab.complaints).toEqual([]);
  });

  it('draws the weights, the shares of the weighted loss and the losses that the run told', async () => {
    const { series } = await lab.record('UW-SO');
    await lens().getByRole('radio', { name: 'As they are' }).check();
    const weights = await lastValues('Weight of each task, UW-SO');
    const shares = await lastValues('Share of the weighted loss of each task, UW-SO, %');
    const losses = await lastValues('Training loss of each task, UW-SO');
    expect([...weights.keys()].sort()).toEqual(['Left item', 'Right item']);
    expect(series['weight.left']?.step).toHaveLength(STEPS);

    const products = TASKS.map((task) => last(series, `weight.${task}`) * last(series, `loss.${task}`));
    const sum = products.reduce((a, b) => a + b);
    ['Left item', 'Right item'].forEach((name, k) => {
      expect(weights.get(name)).toBeCloseTo(last(series, `weight.${TASKS[k]}`), 3);
      expect(losses.get(name)).toBeCloseTo(last(series, `loss.${TASKS[k]}`), 2);
      expect(shares.get(name)).toBeCloseTo((100 * (products[k] ?? NaN)) / sum, 0);
    });
    expect((weights.get('Left item') ?? NaN) + (weights.get('Right item') ?? NaN)).toBeCloseTo(1, 3);
    await lens().getByRole('radio', { name: 'Smoothed' }).check();
    expect(await figure('Weight of each task').textContent()).toContain('EMA 0.95, raw behind');
  });

  it('sets the variants of one seed side by side on one axis', async () => {
    await lens().getByRole('radio', { name: 'All of seed 0' }).check();
    for (const variant of VARIANTS) await figure(variant).waitFor();
    const ticks = await Promise.all(
      VARIANTS.map((variant) => figure(variant).locator('svg text.number').allTextContents()),
    );
    expect(new Set(ticks.map((texts) => texts.join(' '))).size).toBe(1);
    await lens().getByRole('radio', { name: 'As they are' }).check();
    expect(await lastValues('Weight of each task, EW')).toEqual(
      new Map([
        ['Left item', 1],
        ['Right item', 1],
      ]),
    );
    await lens().getByRole('radio', { name: 'This run' }).check();
    await figure('Weight of each task').waitFor();
  });

  it('holds every task against its single-task network, with a table of the values', async () => {
    for (const label of ['Left item', 'Right item'])
      await lens()
        .getByRole('img', { name: new RegExp(`^${label}, Accuracy, up is better; single-task [\\d.]+.%; `) })
        .waitFor();
    await lens().getByText('Table of values').click();
    for (const variant of VARIANTS) {
      const { series } = await lab.record(variant);
      for (const task of TASKS) {
        const row = lens().locator(`tr[data-task="${task}"]`);
        const single = await row.locator('[data-single]').getAttribute('data-single');
        const value = await row.locator(`[data-variant="${variant}"]`).getAttribute('data-value');
        expect(Number(single)).toBe(last(series, `single.${task}`));
        expect(Number(value)).toBe(last(series, `task.${task}`));
      }
    }
    await lens().getByText('Table of values').click();
  });

  it('says how far apart the two starts of UW still are', async () => {
    const usual = await lab.record('UW');
    const bad = await lab.record('UW from s = 3');
    const apart = TASKS.map(
      (task) => last(usual.series, `weight.${task}`) / last(bad.series, `weight.${task}`),
    );
    const words =
      (await lens()
        .getByText(/^The two starts’ weights/)
        .textContent()) ?? '';
    const [, fold] =
      /are still ([\d.]+)-fold apart at the end, step 12, for (Left|Right) item/.exec(words) ?? [];
    expect(Math.abs(Number(fold) - Math.max(...apart))).toBeLessThanOrEqual(0.5); // whole numbers from 10 on
  });

  it('draws gradients and updates of trunk and heads, and sums up how alike they are', async () => {
    for (const group of ['Trunk', 'Head: Left item', 'Head: Right item'])
      for (const kind of ['Gradient', 'Update']) {
        const values = await lastValues(`${kind} norm, ${group}`);
        expect([...values.keys()].sort()).toEqual([...VARIANTS].sort());
      }
    const { series } = await lab.record('UW-SO');
    const rows = lens()
      .getByRole('region', { name: /^Similarity of gradients/ })
      .locator('tr[data-metric]');
    expect(await rows.count()).toBe(8);
    const mean = (metric: string): number => {
      const values = series[metric]?.value ?? [];
      return values.reduce((a, b) => a + b, 0) / values.length;
    };
    for (const metric of ['taskMagnitude', 'sampleMagnitude']) {
      const text = await lens().locator(`tr[data-metric="${metric}"] td`).nth(1).textContent();
      expect(Math.abs(Number(text) - mean(metric))).toBeLessThanOrEqual(0.005 + 1e-9);
    }
    await lens()
      .getByText(/Elich et al\. \(2023\) find magnitudes lower between tasks/)
      .waitFor();
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
    await figure('Weight of each task').waitFor();
    await lens()
      .getByText(/^The two starts’ weights/)
      .waitFor();
    expect(lab.complaints).toEqual([]);
  });
});
