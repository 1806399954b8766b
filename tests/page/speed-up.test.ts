import { AxeBuilder } from '@axe-core/playwright';
import type { Locator } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { builtLab } from '../support/built-lab';
import type { StoredSeries } from '../support/lab-page';

const SMOKE = '?e=tract&p=smoke';
/** Trainings of a few steps, at two budgets. */
const UPDATES = ['tract', 'vanilla'] as const;
const BUDGETS = [1, 3] as const;
const nameOf = (budget: number, update: string) => `duration:${budget},update:${update}`;
const BUDGET_SWEEP =
  `${SMOKE}&trainExamples=320&testExamples=250&evalEvery=0&vs=` +
  UPDATES.flatMap((update) => BUDGETS.map((budget) => nameOf(budget, update))).join('|');

const site = builtLab();

const plain = (text: string | null) => (text ?? '').replaceAll('\u00a0', ' ').trim();
const sentence = async (chart: Locator) =>
  plain(await chart.getByText(/TrAct .+ Vanilla|of TrAct/).textContent());

interface Points {
  x: number[];
  y: number[];
}
const accuracyOf = (series: StoredSeries): Points => {
  const columns = series['testAccuracy'];
  return { x: columns?.step ?? [], y: columns?.value ?? [] };
};

/** Where a curve first is at a level, going along it in small strides rather than by a formula. */
function walkTo(level: number, { x, y }: Points): number | null {
  const STRIDES = 200_000;
  if ((y[0] ?? NaN) >= level) return x[0] ?? NaN;
  for (let i = 1; i < x.length; i++) {
    const [x0 = NaN, x1 = NaN, y0 = NaN, y1 = NaN] = [x[i - 1], x[i], y[i - 1], y[i]];
    if (!(Math.max(y0, y1) >= level)) continue;
    for (let k = 0; k <= STRIDES; k++)
      if (y0 + ((y1 - y0) * k) / STRIDES >= level) return x0 + ((x1 - x0) * k) / STRIDES;
    return x1;
  }
  return null;
}
const geometricMean = (values: readonly number[]) =>
  Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
const numbersIn = (text: string) => (text.match(/\d+(?:\.\d+)?/g) ?? []).map(Number);

/** What a speed-up must say of these pairs; null where the method did not get as far in all of them. */
function expected(pairs: readonly { method: Points; baseline: Points }[]) {
  const found = pairs.map(({ method, baseline }) => {
    const level = baseline.y.at(-1) ?? NaN;
    return { level, from: walkTo(level, method), to: baseline.x.at(-1) ?? NaN };
  });
  const reached = found.flatMap(({ from, ...rest }) => (from === null ? [] : [{ from, ...rest }]));
  const factors = reached.map(({ from, to }) => to / from);
  return {
    reached: reached.length,
    level: found.reduce((sum, { level }) => sum + level, 0) / found.length,
    from: geometricMean(reached.map(({ from }) => from)),
    factors,
    factor: geometricMean(factors),
  };
}

describe('the speed-up on the curves', () => {
  it('is read off the pairs of both seeds, or honestly not', async () => {
    const lab = await site.visit(`${SMOKE}&seeds=0-1`);
    const chart = lab.page.getByRole('figure', { name: 'Test accuracy, %', exact: true });
    expect(await sentence(chart)).toBe('The speed-up of TrAct appears when Vanilla has ended.');
    const before = await chart.boundingBox();
    await lab.button('Train').click();
    await lab.reaches('TrAct', 'done');
    expect(await sentence(chart)).toBe('The speed-up of TrAct appears when Vanilla has ended.');
    for (const seed of [0, 1])
      for (const variant of ['TrAct', 'Vanilla']) await lab.reaches(variant, 'done', { seed });

    const pairs = [];
    for (const seed of [0, 1])
      pairs.push({
        method: accuracyOf((await lab.record('TrAct', seed)).series),
        baseline: accuracyOf((await lab.record('Vanilla', seed)).series),
      });
    const truth = expected(pairs);
    const label = chart.locator('svg text').filter({ hasText: /×|no fewer|seeds/ });
    if (truth.reached === 2) {
      await expect.poll(() => sentence(chart)).toContain('over 2 seeds.');
      const [level, seeds, from, end, factor, , low, high] = numbersIn(await sentence(chart));
      expect(seeds).toBe(2);
      expect(level).toBeCloseTo(100 * truth.level, 0);
      expect(Math.abs((from ?? NaN) - truth.from)).toBeLessThan(0.51); // whole steps
      expect(end).toBe(100);
      expect(factor).toBeCloseTo(truth.factor, 1);
      const [a = NaN, b = NaN] = truth.factors.map(Math.log);
      const half = (12.706204736 * Math.abs(a - b)) / 2;
      expect((low ?? NaN) / (truth.factor / Math.exp(half))).toBeCloseTo(1, 1);
      expect((high ?? NaN) / (truth.factor * Math.exp(half))).toBeCloseTo(1, 1);
      expect(plain(await label.first().textContent())).toBe(`${factor?.toFixed(2)}× fewer steps`);
      expect(plain(await label.last().textContent())).toMatch(/^95 % [\d.]+ to [\d.]+, 2 seeds$/);
    } else {
      await expect.poll(() => sentence(chart)).toContain('so no speed-up can be read off');
      expect(await sentence(chart)).toContain(
        truth.reached === 0 ? 'with any of 2 seeds' : `with ${truth.reached} of 2 seeds only`,
      );
      expect(await label.count()).toBe(0);
    }
    expect((await chart.boundingBox())?.height).toBe(before?.height); // nothing below it has moved

    // Smoothing draws other curves, and another axis other amounts; the training is as it was.
    const spoken = await sentence(chart);
    await lab.page.getByRole('slider', { name: 'Smoothing' }).fill('0.9');
    await chart.getByText(/EMA/).waitFor();
    expect(await sentence(chart)).toBe(spoken);
    await lab.page.getByRole('radio', { name: 'Epoch', exact: true }).check();
    await expect
      .poll(() => sentence(chart))
      .toBe(
        spoken
          .replace(
            /after \d+ steps instead of \d+ steps/,
            `after ${Number((truth.from / 100).toFixed(2))} epochs instead of 1 epoch`,
          )
          .replace('within its 100 steps', 'within its 1 epoch')
          .replace(
            /first there after (\d+) steps/,
            (_all, at) => `first there after ${Number(at) / 100} epochs`,
          )
          .replace('fewer steps', 'fewer epochs'),
      );
    const description = await chart.getByRole('slider').getAttribute('aria-describedby');
    expect(plain(await lab.page.locator(`[id="${description}"]`).textContent())).toBe(await sentence(chart));

    await chart.getByText('How it is read').click();
    await chart.getByText(/straight lines between them/).waitFor();
    for (const scheme of ['light', 'dark'] as const) {
      await lab.page.emulateMedia({ colorScheme: scheme });
      const { violations } = await new AxeBuilder({ page: lab.page }).include('.results').analyze();
      expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
    }
    for (const width of [390, 1440]) {
      await lab.page.setViewportSize({ width, height: 844 });
      const overflow = await lab.page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(overflow).toBeLessThanOrEqual(0);
    }
    expect(lab.complaints).toEqual([]);
    await lab.close();
  });
});

describe('the speed-up between budgets', () => {
  it('holds the method’s trainings against the baseline’s longest', async () => {
    const lab = await site.visit(BUDGET_SWEEP);
    const chart = lab.page.getByRole('figure', { name: 'Test accuracy by budget, %', exact: true });
    await lab.button('Train').click();
    for (const update of UPDATES)
      for (const budget of BUDGETS) await lab.reaches(nameOf(budget, update), 'done');
    await chart.getByText('1 seed', { exact: true }).waitFor();

    const curveOf = async (update: string): Promise<Points> => ({
      x: [...BUDGETS],
      y: await Promise.all(BUDGETS.map((budget) => lab.metric(nameOf(budget, update), 'testAccuracy'))),
    });
    const truth = expected([{ method: await curveOf('tract'), baseline: await curveOf('vanilla') }]);
    const goal = `the ${(100 * truth.level).toFixed(1)} % of Vanilla at 3 epochs`;
    const text = await sentence(chart);
    if (truth.reached === 0)
      expect(text).toBe(
        `TrAct did not reach ${goal} with budgets up to 3 epochs, so no speed-up can be read off.`,
      );
    else {
      expect(text).toContain(
        `TrAct reached ${goal} at ${Number(truth.from.toFixed(2))} epochs instead of 3 epochs`,
      );
      const ratio = truth.factor < 1.005 ? 'no fewer epochs' : `${truth.factor.toFixed(2)}× fewer epochs`;
      expect(text).toContain(`: ${ratio}, one seed.`);
      await chart.locator('svg text').filter({ hasText: ratio }).waitFor();
    }
    expect(lab.complaints).toEqual([]);
    await lab.close();
  });
});
