import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDevice } from '../../src/engine/open-device';
import type { RunRecord } from '../../src/run/record';
import golden from '../golden/mixture-of-depths.json';

/** The setting of the recorded runs, as a link. */
const GOLDEN =
  '?e=mixture-of-depths&p=smoke&trainExamples=500&testExamples=250&duration=8&warmup=2&evalEvery=0';

let folder = '';
beforeAll(async () => (folder = await mkdtemp(path.join(tmpdir(), 'seedlab-node-gpu-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs the command as a program would; gives what it says on standard error. */
const lab = (args: readonly string[]) =>
  new Promise<{ code: number | null; stderr: string }>((resolve) => {
    const child = spawn(process.execPath, ['scripts/lab.mjs', ...args]);
    let stderr = '';
    child.stdout.resume();
    child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
    child.once('close', (code) => resolve({ code, stderr }));
  });

test('a link gives the same losses in Node as it gave in a browser', async () => {
  const { device, software } = await openDevice();
  device.destroy();
  // The recorded runs were made on a software adapter; a graphics card rounds differently.
  const relative = software ? 1e-5 : 1e-4;
  const out = path.join(folder, 'records.json');
  const { code, stderr } = await lab([
    'run',
    `${GOLDEN}&vs=A-MoD|Dense ViT`,
    '--backend',
    'webgpu',
    '--quiet',
    '--out',
    out,
  ]);
  expect(code, stderr).toBe(0);
  const records = JSON.parse(await readFile(out, 'utf8')) as RunRecord[];
  for (const [record, recorded] of [
    [records[0], golden.amod],
    [records[1], golden.dense],
  ] as const) {
    const { initDigest, dataDigest, flopsPerImage, parameters } = recorded;
    expect(record).toMatchObject({
      status: 'done',
      device: { backend: 'webgpu', software },
      facts: { initDigest, dataDigest, flopsPerImage, parameters, engine: { captured: { captured: true } } },
    });
    expect(record?.facts?.engine?.kernels).toContain('LabMatMul');
    const valuesOf = (metric: string) => [
      ...(record?.series.find((series) => series.metric === metric)?.value ?? []),
    ];
    const received = [...valuesOf('trainLoss'), ...valuesOf('testLoss')];
    const wanted = [...recorded.trainLoss, recorded.testLoss];
    expect(received).toHaveLength(wanted.length);
    const off = received.map((value, i) => Math.abs(value / (wanted[i] ?? NaN) - 1));
    expect(Math.max(...off), received.join(' ')).toBeLessThan(relative);
  }
});

test('without --backend it takes WebGPU, with a word where a processor does the work', async () => {
  const { device, software } = await openDevice();
  device.destroy();
  const out = path.join(folder, 'one.json');
  const { code, stderr } = await lab(['run', `${GOLDEN}&vs=A-MoD`, '--steps', '1', '--quiet', '--out', out]);
  expect(code, stderr).toBe(0);
  const record = JSON.parse(await readFile(out, 'utf8')) as RunRecord;
  expect(record.device).toMatchObject({ backend: 'webgpu', software });
  expect(stderr.includes('No graphics card here, so WebGPU computes on the processor')).toBe(software);
});
