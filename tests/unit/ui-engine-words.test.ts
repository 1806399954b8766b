import { expect, test } from 'vitest';
import type { EngineReport } from '../../src/engine/engine-report';
import { engineLines } from '../../src/ui/engine-words';

const facts = {
  totalSteps: 5,
  batchSize: 10,
  epochExamples: 50,
  parameters: 1,
  flopsPerImage: 1,
  flopsPerStep: 30,
  dataDigest: 'd',
  initDigest: 'i',
  details: {},
};
const engine: EngineReport = {
  features: [],
  kernels: ['LabLinear', 'LabSoftmax'],
  captured: { captured: true },
  variants: [],
  notes: [],
};
const tiled = {
  kernel: 'LabLinear',
  shapes: '[3136, 64]·[64, 256]',
  variant: 'tiled',
  insteadOf: 'portable',
  ms: { portable: 2, tiled: 1 },
};

test('says how a run was computed', () => {
  expect(engineLines({ ...facts, engine })).toEqual([
    ['Captured step', 'yes'],
    ['Kernels', '2 of ours'],
  ]);
  const refused = { captured: false, reason: 'it reads values back' } as const;
  const notes = ['LabLinear/subgroup does not compile on this device: line 3.', 'It is slow.'];
  expect(
    engineLines({ ...facts, engine: { ...engine, captured: refused, variants: [tiled], notes } }),
  ).toEqual([
    ['Captured step', 'no: it reads values back'],
    ['Kernels', '2 of ours; timed choices: LabLinear [3136, 64]·[64, 256] tiled'],
    ['Done without', 'LabLinear/subgroup does not compile on this device: line 3. It is slow.'],
  ]);
});

test('shows the features a device has beyond the ones that every device has', () => {
  const features = ['core-features-and-limits', 'subgroups', 'timestamp-query'];
  expect(engineLines({ ...facts, engine: { ...engine, features } })).toContainEqual([
    'Device features',
    'subgroups, timestamp-query',
  ]);
});

test('leaves out what the experiment says itself, and what older records do not know', () => {
  expect(engineLines(facts)).toEqual([]);
  expect(engineLines({ ...facts, details: { 'Captured step': 'yes' }, engine })).toEqual([
    ['Kernels', '2 of ours'],
  ]);
});
