import type { RunRecord } from '../../run/record';
import { stepsOf } from './steps';

const COLUMNS = ['run', 'variant', 'seed', 'metric', 'step', 'trainMs', 'value'];

const field = (value: string | number): string => {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/**
 * Runs in long form: one line for every value that any run told (RFC 4180, with line feeds). `trainMs` is the training
 * time in milliseconds.
 */
export function csvOf(records: readonly RunRecord[]): string {
  const lines = [COLUMNS.join(',')];
  for (const { id, variant, seed, series } of records)
    for (const { metric, step, trainMs, value } of series) {
      const head = [id, variant, seed, metric].map(field).join(',');
      step.forEach((at, i) => lines.push(`${head},${at},${trainMs[i] ?? ''},${value[i] ?? ''}`));
    }
  return `${lines.join('\n')}\n`;
}

/**
 * Runs as JSON lines: one object per run and step, with the run's name and every metric told there. `_step` and `_runtime`
 * (training time in seconds) are named as W&B's history names them; as there, a value that JSON lacks is a text such as
 * `"NaN"`.
 */
export function jsonLinesOf(records: readonly RunRecord[]): string {
  return records
    .flatMap(({ id, experiment, variant, seed, series }) =>
      stepsOf(series).map(({ step, trainMs, values }) => {
        const told = [...values].map(([metric, value]) => [metric, jsonNumber(value)] as const);
        const row = { run: id, experiment, variant, seed, _step: step, _runtime: trainMs / 1000 };
        return `${JSON.stringify({ ...row, ...Object.fromEntries(told) })}\n`;
      }),
    )
    .join('');
}

const jsonNumber = (value: number): number | string => (Number.isFinite(value) ? value : String(value));
