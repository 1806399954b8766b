import { describe, expect, it } from 'vitest';
import { builtLab } from '../support/built-lab';
import type { LabPage, StoredSeries } from '../support/lab-page';

const VARIANT = 'Squared error';
const EXPERIMENT = '?e=unconstrained-features&vs=Squared+error';
/** Long enough for checkpoints, which are two seconds apart. */
const LONG = `${EXPERIMENT}&duration=4000&evalEvery=500`;
const SHORT = `${EXPERIMENT}&duration=40&evalEvery=0`;
const SMOKE =
  '?e=mixture-of-depths&p=smoke&vs=A-MoD|Dense+ViT&duration=8&evalEvery=0&testExamples=250&trainExamples=2000';

const site = builtLab();

/** All that a run has measured; how fast the machine was is its own matter. */
const measured = ({ throughput: _throughput, stepTime: _stepTime, ...series }: StoredSeries): StoredSeries =>
  series;
/** What the run of `LONG` gives without any fault, trained once. */
let straight: Promise<StoredSeries> | undefined;
const withoutFault = (): Promise<StoredSeries> =>
  (straight ??= (async () => {
    const lab = await site.visit(LONG);
    await lab.button('Train').click();
    await lab.reaches(VARIANT, 'done');
    const { series } = await lab.record(VARIANT);
    await lab.close();
    return measured(series);
  })());
const untilCheckpoint = (lab: LabPage) =>
  expect
    .poll(async () => (await lab.record(VARIANT)).record.checkpoint ?? 0, { interval: 100 })
    .toBeGreaterThan(0);
/** Notes every state of the run's row from now on with its words: some last for a second. */
async function watchRow(lab: LabPage): Promise<void> {
  await lab.row(VARIANT).evaluate((row) => {
    const seen: string[] = [];
    Object.assign(globalThis, { seen });
    const note = () => {
      const words = row.querySelector('.words')?.textContent ?? '';
      seen.push(`${row.getAttribute('data-status') ?? ''}: ${words.trim()}`);
    };
    new MutationObserver(note).observe(row, {
      ...{ subtree: true, childList: true, characterData: true, attributes: true },
    });
  });
}
/** Waits until the row has shown it, be it for a moment. */
const untilSeen = (lab: LabPage, state: RegExp) =>
  expect
    .poll(() => lab.page.evaluate(() => (globalThis as unknown as { seen: string[] }).seen))
    .toContainEqual(expect.stringMatching(state));
const untilMeasured = (lab: LabPage) => expect.poll(() => lab.metric(VARIANT, 'objective')).not.toBeNaN();
/** Remembers the devices that the worker opens, so that the test can destroy one: nothing else gets hold of it. */
const rememberDevices = ({ context }: LabPage) =>
  context.route('**/assets/runner-*.js', async (route) => {
    const response = await route.fetch();
    const hook = `{
      const request = GPUAdapter.prototype.requestDevice;
      globalThis.devices = [];
      GPUAdapter.prototype.requestDevice = async function (...asked) {
        const device = await request.apply(this, asked);
        globalThis.devices.push(device);
        return device;
      };
    }\n`;
    await route.fulfill({ response, body: hook + (await response.text()) });
  });
/** Opens a link with them remembered from the first. */
async function visitRemembered(link: string): Promise<LabPage> {
  const lab = await site.visit('about:blank');
  await rememberDevices(lab);
  await lab.page.goto(site.address + link);
  return lab;
}
/** Asks the run's device for buffers until it has no room for one, as a model would that is too large. */
async function fillMemory(lab: LabPage): Promise<void> {
  const worker = await lab.trainingWorker();
  await worker.evaluate(async () => {
    const [device] = (globalThis as unknown as { devices: GPUDevice[] }).devices;
    if (!device) throw new Error('No device');
    const size = Math.min(device.limits.maxBufferSize, 2 ** 30);
    const take = () => device.createBuffer({ size, usage: GPUBufferUsage.STORAGE });
    for (let isFull = false; !isFull;) {
      device.pushErrorScope('out-of-memory');
      take();
      isFull = (await device.popErrorScope()) !== null;
    }
    take(); // in nobody's scope
  });
}
async function destroyDevice(lab: LabPage): Promise<void> {
  const worker = await lab.trainingWorker();
  const count = await worker.evaluate(() => {
    const { devices } = globalThis as unknown as { devices: { destroy(): void }[] };
    for (const device of devices) device.destroy();
    return devices.length;
  });
  expect(count).toBe(1);
}

describe('what may pass by itself', () => {
  it('a graphics device that is lost: the run goes on from its checkpoint, to the same numbers', async () => {
    const expected = await withoutFault();
    const lab = await visitRemembered(LONG);
    await lab.button('Train').click();
    await untilCheckpoint(lab);
    await watchRow(lab);
    await destroyDevice(lab);
    await untilSeen(lab, /interrupted at step [0-9,]+, will go on from step/);
    await lab.reaches(VARIANT, 'done');
    const { record, series } = await lab.record(VARIANT);
    expect(measured(series)).toEqual(expected);
    expect(record.notes.map(({ what }) => what)).toEqual(['resumed']);
    expect(record.fault).toBeUndefined();
    await lab.close();
  });

  it('one that is lost again at once: the run ends with a sentence, and can be resumed by hand', async () => {
    const lab = await visitRemembered(`${EXPERIMENT}&duration=100000&evalEvery=500`);
    await lab.button('Train').click();
    await untilMeasured(lab);
    await watchRow(lab);
    await destroyDevice(lab);
    await untilSeen(lab, /^queued: /);
    await lab.reaches(VARIANT, 'running');
    await destroyDevice(lab);
    await lab.reaches(VARIANT, 'failed');
    const told = lab.page.getByRole('group', { name: `How ${VARIANT}, seed 0 ended` });
    const text = (await told.textContent()) ?? '';
    expect(text).toContain('Graphics device lost.');
    expect(text).toMatch(
      /It had gone on by itself after the same at step [0-9,]+, so it was not begun a third time\./,
    );
    expect(text).toMatch(/Kept: the curves up to step [0-9,]+/);
    await told.getByRole('button', { name: 'Start anew' }).click();
    await lab.reaches(VARIANT, 'running');
    await lab.close();
  });

  it('a worker that ends without a word: it is noticed, and the run goes on from its checkpoint', async () => {
    const expected = await withoutFault();
    const lab = await site.visit(LONG);
    await lab.button('Train').click();
    await untilCheckpoint(lab);
    const worker = await lab.trainingWorker();
    await worker.evaluate(() => {
      (globalThis as unknown as { close(): void }).close();
    });
    await lab
      .row(VARIANT)
      .getByText(/^step [0-9,]+ of [0-9,]+, no answer for \d+\s+s$/)
      .waitFor();
    await lab.reaches(VARIANT, 'done');
    expect(measured((await lab.record(VARIANT)).series)).toEqual(expected);
    await lab.button(`Details of ${VARIANT}, seed 0`).click();
    await lab.page.getByText(/^after step [0-9,]+: worker ended$/).waitFor();
    expect(lab.complaints).toEqual([]);
    await lab.close();
  });
});

describe('what does not pass by itself', () => {
  it('graphics memory that is full: the run says what helps, and can be resumed', async () => {
    const lab = await visitRemembered(LONG);
    await lab.button('Train').click();
    await untilCheckpoint(lab);
    await fillMemory(lab);
    await lab.reaches(VARIANT, 'failed');
    const told = lab.page.getByRole('group', { name: `How ${VARIANT}, seed 0 ended` });
    expect(await told.textContent()).toMatch(
      /^Graphics device\. The graphics memory is full: choose a smaller batch or model\. Kept: the curves up to step [0-9,]+ and a checkpoint at step [0-9,]+\./,
    );
    await told.getByRole('button', { name: /^Resume from step/ }).click();
    await lab.reaches(VARIANT, 'done');
    expect(measured((await lab.record(VARIANT)).series)).toEqual(await withoutFault());
    await lab.close();
  });

  it('numbers that leave the finite: the run says where, and is not begun again', async () => {
    const lab = await site.visit(
      `${EXPERIMENT}&duration=400&learningRate=2&classifierDecay=10&featureDecay=10&start=2&momentum=0.99`,
    );
    await lab.button('Train').click();
    await lab.reaches(VARIANT, 'failed');
    const told = lab.page.getByRole('group', { name: `How ${VARIANT}, seed 0 ended` });
    expect(await told.textContent()).toMatch(
      /^Diverged\..* is no longer a finite number at step \d+\. The points before it are kept\./,
    );
    expect(await told.getByRole('button', { name: /^Resume/ }).count()).toBe(0);
    expect((await lab.record(VARIANT)).record.fault?.name).toBe('DivergedError');
    await lab.close();
  });

  it('a shard that is not there: the run names the file, and the next one trains', async () => {
    const lab = await site.visit(SMOKE);
    let refused = 0;
    await lab.context.route('**/data/fashion-mnist/train-000.bin', async (route) => {
      if (refused++ === 0) await route.fulfill({ status: 404, body: 'gone' });
      else await route.continue();
    });
    await lab.button('Train').click();
    await lab.reaches('A-MoD', 'failed');
    await lab.reaches('Dense ViT', 'done');
    const text = (await lab.page.getByRole('group', { name: 'How A-MoD, seed 0 ended' }).textContent()) ?? '';
    for (const part of [
      'Data missing or damaged.',
      'fashion-mnist/train-000.bin is not there (HTTP 404)',
      'Other runs go on.',
    ])
      expect(text).toContain(part);
    await lab.button('Train').click();
    await lab.reaches('A-MoD', 'done');
    await lab.close();
  });

  it('storage that is full: it is said, the run goes on, and is saved as soon as there is room', async () => {
    const lab = await site.visit(`${EXPERIMENT}&duration=100000&evalEvery=2000`);
    await lab.button('Train').click();
    await untilMeasured(lab);
    const origin = new URL(site.address).origin;
    const devtools = await lab.context.newCDPSession(lab.page);
    await devtools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1000 });
    const told = lab.page.getByText(
      /^The browser’s storage is full, so nothing more is saved: training goes on/,
    );
    await told.waitFor();
    const words = () => lab.row(VARIANT).locator('.words').textContent();
    const before = await words();
    await expect.poll(words).not.toBe(before);
    expect(await lab.status(VARIANT)).toBe('running');
    await devtools.send('Storage.overrideQuotaForOrigin', { origin });
    await expect.poll(() => told.count()).toBe(0);
    await lab.button('Stop').click();
    await lab.reaches(VARIANT, 'stopped');
    const saved = async () => (await lab.record(VARIANT)).record.status;
    await expect.poll(saved).toBe('stopped');
    await lab.close();
  });

  it('a browser that keeps nothing: it says once what a reload would lose, and trains', async () => {
    const lab = await site.visit('about:blank');
    await lab.context.addInitScript(() => {
      Object.defineProperty(globalThis, 'indexedDB', { value: undefined });
      navigator.storage.getDirectory = () =>
        Promise.reject(new DOMException('not in this window', 'SecurityError'));
    });
    await lab.page.goto(site.address + SHORT);
    const told = lab.page.getByText(/runs with their curves, models and checkpoints are lost/);
    await told.waitFor();
    await lab.button('Train').click();
    await lab.reaches(VARIANT, 'done');
    expect(await lab.metric(VARIANT, 'objective')).toBeGreaterThan(0);
    expect(await told.count()).toBe(1);
    await lab.page.reload();
    await lab.page.getByText('No runs yet.').waitFor();
    expect(lab.complaints).toEqual([]);
    await lab.close();
  });
});

describe('a tab that nobody looks at', () => {
  it('trains on: frozen and without frames it loses nothing, and catches up when it is seen again', async () => {
    const lab = await site.visit('about:blank');
    // A hidden tab gets no frames. Headless browsers show every tab, so the frames are held back here.
    await lab.page.addInitScript(() => {
      const request = requestAnimationFrame.bind(globalThis);
      const held: FrameRequestCallback[] = [];
      const tab = { isHidden: false, show: () => held.splice(0).forEach((draw) => request(draw)) };
      Object.assign(globalThis, { tab });
      globalThis.requestAnimationFrame = (draw) => (tab.isHidden ? held.push(draw) : request(draw));
    });
    await lab.page.goto(site.address + LONG);
    const hide = (isHidden: boolean) =>
      lab.page.evaluate((hidden) => {
        const { tab } = globalThis as unknown as { tab: { isHidden: boolean; show(): void } };
        tab.isHidden = hidden;
        if (!hidden) tab.show();
      }, isHidden);
    await lab.button('Train').click();
    await untilMeasured(lab);
    await hide(true);
    const before = await lab.metric(VARIANT, 'gap');
    const devtools = await lab.context.newCDPSession(lab.page);
    await devtools.send('Page.setWebLifecycleState', { state: 'frozen' });
    await new Promise((done) => setTimeout(done, 3000));
    await devtools.send('Page.setWebLifecycleState', { state: 'active' });
    await lab.page.waitForTimeout(2000);
    expect(await lab.metric(VARIANT, 'gap')).toBe(before); // nothing was drawn
    await hide(false);
    await expect.poll(() => lab.metric(VARIANT, 'gap')).not.toBe(before);
    await lab.reaches(VARIANT, 'done');
    expect(measured((await lab.record(VARIANT)).series)).toEqual(await withoutFault());
    expect(lab.complaints).toEqual([]);
    await lab.close();
  });
});
