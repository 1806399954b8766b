import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runDigest } from '../../src/run/plan';
import { dataSetsOf, planOf } from '../../src/cli/setting';
import golden from '../golden/mixture-of-depths.json';

/** The setting of the recorded runs, as a link. */
const GOLDEN =
  '?e=mixture-of-depths&p=smoke&trainExamples=500&testExamples=250&duration=8&warmup=2&evalEvery=0';
const BOTH = `${GOLDEN}&vs=A-MoD|Dense ViT`;
const METHOD = `${GOLDEN}&vs=A-MoD`;

interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** What a line of JSON may hold, as far as it is looked at. */
interface Line {
  kind: string;
  phase?: string;
  status?: string;
  variant?: string;
  scalars?: Record<string, { step: number[]; value: number[] }>;
  phases?: Readonly<Record<string, { ms: number; entered: number }>>;
}

interface Circumstances {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Sees standard output as it grows. */
  watch?: (stdout: string, kill: (signal: NodeJS.Signals) => void) => void;
}

/** Runs the command as a program would. */
const lab = (args: readonly string[], { cwd = '.', env = {}, watch }: Circumstances = {}) =>
  new Promise<Outcome>((resolve) => {
    const child = spawn(process.execPath, ['scripts/lab.mjs', ...args], {
      cwd,
      env: { ...process.env, ...env },
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (text: Buffer) => {
      stdout += text.toString();
      watch?.(stdout, (signal) => child.kill(signal));
    });
    child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
    child.once('close', (code) => {
      resolve({ code, stdout, stderr });
    });
  });

const linesOf = (stdout: string) =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

/** Values of a metric by step, over all lines. */
const seriesOf = (lines: readonly Line[], metric: string) =>
  lines.flatMap(({ scalars }) => scalars?.[metric]?.value ?? []);

function expectLosses(received: readonly number[], recorded: readonly number[]) {
  expect(received).toHaveLength(recorded.length);
  const off = received.map((value, i) => Math.abs(value / (recorded[i] ?? NaN) - 1));
  expect(Math.max(...off), received.join(' ')).toBeLessThan(1e-4);
}

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'seedlab-cli-'));
  await lab(['list']); // builds once
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));
const record = (name: string) => path.join(folder, name);
const readRecord = async (name: string): Promise<unknown> => JSON.parse(await readFile(record(name), 'utf8'));

describe('arguments', () => {
  test('list names every experiment', async () => {
    const { code, stdout } = await lab(['list']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^mixture-of-depths: .+[\s\S]+presets {3}smoke, demo, /);
    const [first] = JSON.parse((await lab(['list', '--json'])).stdout) as unknown[];
    expect(first).toMatchObject({ id: 'mixture-of-depths', knobs: { width: { kind: 'int' } } });
  });

  test.each([
    [[], 'No command.'],
    [['fly'], 'No command "fly".'],
    [['run'], '"run" needs a link'],
    [['run', METHOD, 'more'], '"more" is one argument too many'],
    [['run', METHOD, '--steps', '1.5'], '--steps is a whole number from 1'],
    [['run', METHOD, '--backend', 'abacus'], '--backend is one of webgpu, wasm, cpu'],
    [['run', METHOD, '--fast'], "Unknown option '--fast'"],
    [['list', '--quiet'], '"list" has no option --quiet'],
    [['run', METHOD, '--steps', '999999'], '--steps: expected 1 to 100000, got 999999'],
    [['run', METHOD, '--out', 'no/such/folder/record.json'], '--out: ENOENT'],
  ])('%j is refused', async (args, why) => {
    const { code, stdout, stderr } = await lab(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(why);
  });

  test('a bad link is refused with every problem', async () => {
    const link = `https://example.org/lab/${METHOD}&width=9999&colour=red&seeds=x#x=flops`;
    const { code, stderr } = await lab(['run', link, '--backend', 'cpu']);
    expect(code).toBe(2);
    expect(stderr.trim().split('\n').sort()).toEqual([
      'colour: no such knob',
      expect.stringMatching(/^seeds: .+ got "x"$/),
      'width: expected 8 to 512, got 9999',
    ]);
    const misfit = await lab(['run', `${METHOD}&width=30`]);
    expect(misfit).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('evenly over 4 heads') as string,
    });
  });
});

test('a transfer needs both data sets, other protocols their own', () => {
  const needed = (change: string) => {
    const { card, plan } = planOf(`${METHOD}${change}`);
    return dataSetsOf(card, plan);
  };
  expect(needed('')).toEqual(['fashion-mnist']);
  expect(needed('&protocol=transfer')).toEqual(['mnist', 'fashion-mnist']);
});

describe('runs', () => {
  test('gives the recorded losses and the page’s records, one run after another', async () => {
    const { code, stdout } = await lab(['run', BOTH, '--backend', 'wasm', '--out', record('both.json')]);
    expect(code).toBe(0);
    const lines = linesOf(stdout);
    const second = lines.findLastIndex(({ kind }) => kind === 'run');
    expect(lines.filter(({ kind }) => kind !== 'batch').map(({ kind }) => kind)).toEqual([
      ...['run', 'end', 'run', 'end'],
    ]);
    expect(new Set(lines.flatMap(({ phase }) => phase ?? []))).toEqual(
      new Set(['loading', 'compiling', 'training', 'evaluating']),
    );
    for (const { phases } of lines.filter(({ kind }) => kind === 'end')) {
      expect(Object.keys(phases ?? {})).toEqual(['loading', 'compiling', 'training', 'evaluating']);
      for (const { ms } of Object.values(phases ?? {})) expect(ms).toBeGreaterThan(0);
    }
    expectLosses(seriesOf(lines.slice(0, second), 'trainLoss'), golden.amod.trainLoss);
    expectLosses(seriesOf(lines.slice(second), 'trainLoss'), golden.dense.trainLoss);

    const records = (await readRecord('both.json')) as {
      spec: Record<string, string>;
      series: { metric: string; step: number[]; trainMs: number[]; value: number[] }[];
    }[];
    const { initDigest, dataDigest } = golden.amod;
    expect(records).toMatchObject(
      ['A-MoD', 'Dense ViT'].map((variant) => ({
        ...{
          schema: 2,
          origin: 'here',
          experiment: 'mixture-of-depths',
          variant,
          seed: 0,
          status: 'done',
          notes: [],
        },
        device: { backend: 'wasm', software: true },
        facts: { totalSteps: 8, initDigest, dataDigest },
      })),
    );
    for (const { spec, series, ...rest } of records) {
      expect(rest).toMatchObject({
        facts: {
          engine: {
            captured: { captured: false, reason: 'only WebGPU replays commands, not wasm' },
            kernels: [],
          },
        },
        specDigest: runDigest('mixture-of-depths', spec),
        id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        build: expect.stringMatching(/^\d+\.\d+\.\d+/) as string,
        createdAt: expect.any(Number) as number,
      });
      const losses = series.find(({ metric }) => metric === 'trainLoss');
      expect(losses?.step).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
      expect(losses?.trainMs).toHaveLength(8);
    }
  });

  test('--steps shortens, --quiet leaves one line, and one run is one record', async () => {
    const args = ['--steps', '3', '--quiet', '--backend', 'cpu', '--out', record('three.json')];
    const { code, stdout } = await lab(['run', `${GOLDEN}&vs=duration:5`, ...args]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^duration:5, seed 0: done, 3 steps in [\d.]+ s .+ Test accuracy [\d.]+ %.*\n$/);
    const { spec, series } = (await readRecord('three.json')) as {
      spec: object;
      series: { metric: string; value: number[] }[];
    };
    expect(spec).toMatchObject({ duration: 3, durationUnit: 'steps' });
    const losses = series.find(({ metric }) => metric === 'trainLoss')?.value ?? [];
    expectLosses(losses, golden.amod.trainLoss.slice(0, 3));
  });

  test('a failed run is told of and kept', async () => {
    const wild = '&optimizer=sgd&learningRate=1&momentum=0.999&schedule=constant&width=8&depth=2';
    const args = ['--steps', '200', '--quiet', '--backend', 'wasm', '--out', record('failed.json')];
    const { code, stdout, stderr } = await lab(['run', METHOD + wild, ...args]);
    expect(code).toBe(1);
    expect(stdout).toContain('A-MoD, seed 0: failed');
    expect(stderr).toContain('no longer a finite number');
    expect(await readRecord('failed.json')).toMatchObject({
      status: 'failed',
      fault: { name: 'DivergedError' },
    });
  });

  test('Ctrl-C stops at the next step and keeps what there is', async () => {
    let sent = false;
    const { code } = await lab(
      ['run', `${METHOD}&seeds=0-3`, '--steps', '5000', '--backend', 'wasm', '--out', record('stopped.json')],
      {
        watch(stdout, kill) {
          if (sent || !stdout.includes('"trainLoss"')) return;
          sent = true;
          kill('SIGINT');
        },
      },
    );
    expect(code).toBe(130);
    const kept = (await readRecord('stopped.json')) as {
      notes: { step: number }[];
      series: { metric: string; step: number[] }[];
    }[];
    expect(kept).toHaveLength(1);
    expect(kept[0]).toMatchObject({ status: 'stopped', notes: [{ what: 'stopped' }] });
    const losses = kept[0]?.series.find(({ metric }) => metric === 'trainLoss')?.step;
    expect(losses).toEqual(Array.from({ length: kept[0]?.notes[0]?.step ?? NaN }, (_, i) => i + 1));
  });

  test('a link made for other defaults runs, with a warning', async () => {
    const args = ['--steps', '1', '--quiet', '--backend', 'cpu'];
    const { code, stdout, stderr } = await lab(['run', `${METHOD}#spec=0123456789abcdef`, ...args]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('done, 1 steps') as string });
    expect(stderr).toContain('Warning: the defaults have changed since this link was made');
  });
});

describe('without WebGPU', () => {
  /** The project with nothing but the command in its cache, and no registry to get Dawn from. */
  const unreachable = { npm_config_registry: 'http://127.0.0.1:9', npm_config_fetch_retry_mintimeout: '1' };
  let project = '';
  beforeAll(async () => {
    project = path.join(folder, 'project');
    await mkdir(path.join(project, '.cache'), { recursive: true });
    for (const entry of [...(await readdir('.')).filter((name) => name !== '.cache'), '.cache/lab'])
      await symlink(path.resolve(entry), path.join(project, entry), 'junction');
  });
  const bare = (...args: string[]) => lab(['run', METHOD, ...args], { cwd: project, env: unreachable });

  test('asking for it ends with a reason', async () => {
    const { code, stderr } = await bare('--backend', 'webgpu');
    expect({ code, stderr }).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('No WebGPU here: ') as string,
    });
  });

  test('not asking for it says why and computes on wasm', async () => {
    const { code, stdout, stderr } = await bare('--steps', '1', '--quiet');
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('on WebAssembly');
    expect(stderr).toMatch(/No WebGPU here: .+ Computing on wasm instead\./);
  });
});
