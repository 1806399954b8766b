import { AxeBuilder } from '@axe-core/playwright';
import { describe, expect, it } from 'vitest';
import { builtLab } from '../support/built-lab';
import type { LabPage } from '../support/lab-page';

const HOME = '?e=task-weighting';
/** Few steps of a very small model. */
const TINY =
  '&p=smoke&trainExamples=200&validationExamples=100&testExamples=100&duration=4&evalEvery=0&width=8&batch=10';
const COLD = 'method:uw-so,temperature:0.5';
const HOT = 'method:uw-so,temperature:5';

const site = builtLab();

const parameter = (lab: LabPage, name: string) => new URL(lab.page.url()).searchParams.get(name);
const compared = (lab: LabPage) =>
  lab.page.getByRole('region', { name: 'Variants' }).getByRole('listitem').count();
const plain = (text: string | null) => (text ?? '').replaceAll('\u00a0', ' ');

describe('several numbers in one field', () => {
  it('are read as people write them, kept in one form, and refused with a word', async () => {
    const lab = await site.visit(HOME);
    await lab.page.locator('summary').filter({ hasText: 'Tasks' }).click();
    const field = lab.page.getByRole('textbox', { name: 'Loss scales' });
    await field.fill('10000 .1, 1');
    await expect.poll(() => parameter(lab, 'scales')).toBe('10000 0.1 1');
    expect(await field.inputValue()).toBe('10000 .1, 1'); // not changed under the writer's hands
    await field.blur();
    expect(await field.inputValue()).toBe('10000, 0.1, 1');

    await field.fill('10000 x');
    await lab.page.getByText('expected numbers such as 1 0.5, got "10000 x"').first().waitFor();
    expect(await field.getAttribute('aria-invalid')).toBe('true');
    expect(await lab.button('Train').isDisabled()).toBe(true);
    expect(parameter(lab, 'scales')).toBe('10000 0.1 1');

    await lab.button('Reset Loss scales to 1').click();
    await expect.poll(() => parameter(lab, 'scales')).toBe(null);
    expect(await field.inputValue()).toBe('1');
    expect(lab.complaints).toEqual([]);
    await lab.close();
  });
});

describe('what a preset compares', () => {
  it('comes with it, but for a comparison of one’s own', async () => {
    const lab = await site.visit(`${HOME}&p=smoke`);
    const choose = (name: string) => lab.page.getByRole('radio', { name, exact: true }).check();
    const few = await compared(lab);
    await choose('Three losses');
    await expect.poll(() => compared(lab)).toBeGreaterThan(few);
    await expect.poll(() => parameter(lab, 'p')).toBe(null);
    expect(parameter(lab, 'vs')).toBe(null);
    await choose('Smoke');
    await expect.poll(() => compared(lab)).toBe(few);

    await lab.button('Remove UW-O from the comparison').click();
    await choose('Three losses');
    await expect.poll(() => parameter(lab, 'p')).toBe(null);
    expect(await compared(lab)).toBe(few - 1);
    expect(lab.complaints).toEqual([]);
    await lab.close();
  });
});

describe('a sweep over a knob', () => {
  it('is on offer where it says something, and has a chart of its own', async () => {
    const lab = await site.visit(`${HOME}${TINY}`); // of which there are no recorded runs
    const figure = lab.page.getByRole('figure', { name: /by temperature/ });
    expect(await figure.count()).toBe(0);
    const usual = await compared(lab);
    await lab.button('Temperature sweep').click();
    await figure.getByText('No run is done yet').waitFor();
    await figure.getByText(/^0 of \d+ runs done$/).waitFor();
    await lab.button(`Back to ${usual} variants`).click();
    await expect.poll(() => figure.count()).toBe(0);
    expect(await compared(lab)).toBe(usual);

    await lab.page.locator('summary').filter({ hasText: 'Baselines' }).click();
    await lab.page.getByRole('checkbox', { name: 'Single-task baselines' }).uncheck();
    await expect.poll(() => lab.button('Temperature sweep').count()).toBe(0);
    // Without baselines no run tells Δm.
    expect(await lab.page.getByRole('figure', { name: /^Δm/ }).count()).toBe(0);
    expect(lab.complaints).toEqual([]);
    await lab.close();
  });

  it('draws the last values of its metrics along the knob, and a level for what it does not change', async () => {
    const lab = await site.visit(`${HOME}${TINY}&vs=${COLD}|${HOT}|EW`);
    await lab.button('Train').click();
    for (const variant of [COLD, HOT, 'EW']) await lab.reaches(variant, 'done');
    const figure = lab.page.getByRole('figure', { name: /by temperature/ });
    await figure.getByText('1 seed').waitFor();

    const rows = await figure.locator('tr[data-spec]').evaluateAll((found) =>
      found.map((row) => ({
        line: row.querySelector('th')?.textContent ?? '',
        setting: row.querySelector('td')?.textContent ?? '',
        x: row.getAttribute('data-x'),
        mean: Number(row.getAttribute('data-mean')),
      })),
    );
    for (const [metric, label] of [
      ['deltaM', 'Δm against single-task'],
      ['quarterDeltaM', 'Δm at a quarter, validation'],
    ] as const) {
      const at = (line: string) => rows.filter((row) => row.line === `${line}, ${label}`);
      expect(at('UW-SO')).toEqual([
        {
          line: `UW-SO, ${label}`,
          setting: 'temperature 0.5',
          x: '0.5',
          mean: await lab.metric(COLD, metric),
        },
        { line: `UW-SO, ${label}`, setting: 'temperature 5', x: '5', mean: await lab.metric(HOT, metric) },
      ]);
      expect(at('EW')).toEqual([
        { line: `EW, ${label}`, setting: 'any', x: null, mean: await lab.metric('EW', metric) },
      ]);
    }

    const handle = figure.getByRole('slider', { name: /Points of/ });
    await handle.focus();
    await lab.page.keyboard.press('ArrowRight');
    expect(plain(await handle.getAttribute('aria-valuetext'))).toMatch(
      /^UW-SO, temperature 0\.5; Δm .+ −?[\d.]+ %; 1 seed: 0$/,
    );
    await lab.page.keyboard.press('End');
    expect(plain(await handle.getAttribute('aria-valuetext'))).toMatch(/^EW; Δm .+ −?[\d.]+ %; 1 seed: 0$/);

    for (const scheme of ['light', 'dark'] as const) {
      await lab.page.emulateMedia({ colorScheme: scheme });
      const { violations } = await new AxeBuilder({ page: lab.page }).include('.pair').analyze();
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
