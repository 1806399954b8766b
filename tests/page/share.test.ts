import { AxeBuilder } from '@axe-core/playwright';
import { describe, expect, it } from 'vitest';
import { builtLab } from '../support/built-lab';
import type { LabPage } from '../support/lab-page';

const EXPERIMENT = '?e=mixture-of-depths';
const SMOKE = `${EXPERIMENT}&p=smoke&duration=4&evalEvery=0&testExamples=250&trainExamples=500&vs=A-MoD`;

const site = builtLab();

async function openShare(lab: LabPage): Promise<void> {
  await lab.button('Share').click();
  await lab.page.getByRole('dialog', { name: 'Share this experiment' }).waitFor();
}

const field = (lab: LabPage, name: string) =>
  lab.page.getByRole('textbox', { name, exact: true }).inputValue();

describe('the share dialog', () => {
  it('fits 390 pixels, and axe finds nothing in light and dark', async () => {
    const lab = await site.visit(SMOKE, { width: 390, height: 844 });
    await openShare(lab);
    for (const colorScheme of ['light', 'dark'] as const) {
      await lab.page.emulateMedia({ colorScheme });
      const { violations } = await new AxeBuilder({ page: lab.page }).include('dialog').analyze();
      expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
    }
    const overflow = await lab.page
      .locator('dialog')
      .evaluate((dialog) => dialog.scrollWidth - dialog.clientWidth);
    expect(overflow).toBeLessThanOrEqual(0);
    await lab.close();
  });

  it('gives a link with build and digest that opens the same without a notice', async () => {
    const lab = await site.visit(`${SMOKE}#y=log`);
    await openShare(lab);
    const link = new URL(await field(lab, 'Link'));
    const hash = new URLSearchParams(link.hash.slice(1));
    expect(hash.get('y')).toBe('log');
    expect(hash.get('build')).toMatch(/./);
    expect(hash.get('spec')).toMatch(/^[0-9a-f]{8}$/);
    const other = await site.visit(link.href);
    await other.button('Train').waitFor();
    expect(await other.page.locator('[data-provenance]').count()).toBe(0);
    await other.close();
    await lab.close();
  });

  it('copies where the browser allows it, and says so', async () => {
    const lab = await site.visit(SMOKE);
    await lab.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await openShare(lab);
    for (const [button, name] of [
      ['Copy link', 'Link'],
      ['Copy HTML', 'HTML of the embedded page'],
    ] as const) {
      await lab.button(button).click();
      await lab.page.getByText('Copied', { exact: true }).first().waitFor();
      expect(await lab.page.evaluate(() => navigator.clipboard.readText())).toBe(await field(lab, name));
      await lab.page.getByText('Copied', { exact: true }).first().waitFor({ state: 'detached' });
    }
    await lab.button('Copy BibTeX of this setting').click();
    await lab.page.getByText('Copied', { exact: true }).waitFor();
    expect(await lab.page.evaluate(() => navigator.clipboard.readText())).toMatch(
      /^@misc\{seedlab-mixture-of-depths-[0-9a-f]{8},[^]*\\cite\{gadhikar2024attention\}/,
    );
    await lab.close();
  });

  it('works where the clipboard is refused: the text can be selected by hand', async () => {
    const lab = await site.visit('about:blank');
    await lab.page.addInitScript(() => {
      navigator.clipboard.writeText = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
    });
    await lab.page.goto(site.address + SMOKE);
    await openShare(lab);
    await lab.button('Copy link').click();
    await lab.page.getByText('Not allowed here; select the text and copy it by hand').waitFor();
    const link = lab.page.getByRole('textbox', { name: 'Link', exact: true });
    await link.focus();
    const selected = await link.evaluate((area: HTMLTextAreaElement) =>
      area.value.slice(area.selectionStart, area.selectionEnd),
    );
    expect(selected).toBe(await link.inputValue());
    await lab.close();
  });
});

describe('a link that was made for something else', () => {
  const notice = (lab: LabPage) => lab.page.locator('[data-provenance]');

  let asked: Promise<string> | undefined;
  /** What the dialog gives for the setting, asked of it once. */
  const shared = async (): Promise<URL> =>
    new URL(
      await (asked ??= (async () => {
        const lab = await site.visit(SMOKE);
        await openShare(lab);
        const link = await field(lab, 'Link');
        await lab.close();
        return link;
      })()),
    );

  it('another build is told with what it means, and can be dismissed', async () => {
    const link = await shared();
    link.hash = link.hash.replace(/build=[^&]*/, 'build=0.0.1-older');
    const lab = await site.visit(link.href);
    await notice(lab).waitFor();
    expect(await notice(lab).getAttribute('data-provenance')).toBe('build');
    expect(await notice(lab).textContent()).toMatch(/0\.0\.1-older then.*round differently/);
    await notice(lab).getByRole('button', { name: 'Dismiss' }).click();
    expect(await notice(lab).count()).toBe(0);
    await lab.close();
  });

  it('changed defaults are told as another experiment; an edit ends the notice', async () => {
    const link = await shared();
    link.hash = link.hash.replace(/spec=[^&]*/, 'spec=0badc0de');
    const lab = await site.visit(link.href);
    await notice(lab).waitFor();
    expect(await notice(lab).getAttribute('data-provenance')).toBe('spec');
    expect(await notice(lab).getByRole('alert').count()).toBe(1);
    expect(await notice(lab).textContent()).toMatch(
      /0badc0de then.*defaults have changed.*another experiment/,
    );
    expect(await lab.page.getByText('could not be used').count()).toBe(0);
    const { violations } = await new AxeBuilder({ page: lab.page }).include('[data-provenance]').analyze();
    expect(violations.map(({ id }) => id)).toEqual([]);
    const width = lab.page.getByRole('spinbutton', { name: /Capacity/ });
    await width.fill('0.75');
    await width.press('Enter');
    await expect.poll(() => notice(lab).count()).toBe(0);
    await expect.poll(() => new URL(lab.page.url()).hash).toBe('');
    await lab.close();
  });

  it('other data are told once a run here has seen its own', async () => {
    const link = await shared();
    link.hash += '&data=deadbeef';
    const lab = await site.visit(link.href);
    await lab.button('Train').waitFor();
    expect(await notice(lab).count()).toBe(0);
    await lab.button('Train').click();
    await lab.reaches('A-MoD', 'done');
    await notice(lab).waitFor();
    expect(await notice(lab).textContent()).toMatch(/deadbeef then.*other images or labels/);
    await lab.close();
  });
});

describe('embedding', () => {
  it('shows what the hash names and nothing else, fits the frame, and survives edits', async () => {
    const lab = await site.visit(`${SMOKE}#embed=charts,panel`, { width: 800, height: 500 });
    await lab.button('Train').waitFor();
    expect(await lab.page.getByRole('banner').count()).toBe(0);
    expect(await lab.page.getByRole('table', { name: 'Runs', exact: true }).count()).toBe(0);
    expect(await lab.page.getByText('The paper’s claim').count()).toBe(0);
    expect(await lab.button('Share').count()).toBe(0);
    const overflow = await lab.page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow).toBeLessThanOrEqual(0);
    await lab.page.getByRole('radio', { name: 'Adapt', exact: true }).check();
    await expect.poll(() => new URL(lab.page.url()).searchParams.get('p')).toBe('adapt');
    expect(new URL(lab.page.url()).hash).toContain('embed=');
    await lab.page.reload();
    await lab.button('Train').waitFor();
    expect(await lab.page.getByRole('banner').count()).toBe(0);

    const whole = await lab.page.getByRole('link', { name: 'Open in Seedlab' }).getAttribute('href');
    expect(whole).not.toContain('embed=');
    expect(whole).toContain('p=adapt');
    const { violations } = await new AxeBuilder({ page: lab.page }).analyze();
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
    expect(lab.complaints).toEqual([]);
    await lab.close();
  });

  it('shows one chart alone where the link names it, and all where the setting has no such chart', async () => {
    const lab = await site.visit(SMOKE);
    await openShare(lab);
    await lab.page.getByRole('combobox', { name: 'Charts' }).selectOption({ label: 'Training loss' });
    await lab.page.getByRole('checkbox', { name: 'Verdict', exact: true }).click();
    const [, address = ''] = /src="([^"]*)"/.exec(await field(lab, 'HTML of the embedded page')) ?? [];
    const link = address.replaceAll('&amp;', '&');
    const hash = new URLSearchParams(new URL(link).hash.slice(1));
    expect([hash.get('embed'), hash.get('chart')]).toEqual(['charts', 'trainLoss']);
    const framed = await site.visit(link, { width: 600, height: 420 });
    await framed.page.getByRole('figure', { name: /^Training loss/ }).waitFor();
    expect(await framed.page.locator('main figure').count()).toBe(1);
    const { violations } = await new AxeBuilder({ page: framed.page }).analyze();
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);

    await framed.page.goto(link.replace('chart=trainLoss', 'chart=nonsense'));
    await framed.page.getByRole('figure', { name: /^Training loss/ }).waitFor();
    expect(await framed.page.locator('main figure').count()).toBeGreaterThan(3);
    await framed.close();
    await lab.close();
  });

  it('the snippet of the dialog works as it is in another page', async () => {
    const lab = await site.visit(SMOKE);
    await openShare(lab);
    for (const part of ['Verdict', 'Lens'])
      await lab.page.getByRole('checkbox', { name: part, exact: true }).click();
    const snippet = await field(lab, 'HTML of the embedded page');
    expect(snippet).toContain('embed=charts,lens');
    await lab.page.goto(site.address + 'host.html').catch(() => undefined);
    await lab.page.setContent(`<!doctype html><p>Another page</p>${snippet}`);
    const frame = lab.page.frameLocator('iframe');
    await frame.getByRole('heading', { level: 1 }).waitFor();
    expect(await frame.getByRole('heading', { level: 1 }).textContent()).toContain('Mixture-of-Depths');
    await frame.getByText('Training loss').first().waitFor();
    expect(await frame.getByRole('banner').count()).toBe(0);
    expect(await frame.getByText('The paper’s claim').count()).toBe(0);
    await lab.close();
  });
});
