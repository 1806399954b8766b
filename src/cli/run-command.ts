import { stderr, stdout } from 'node:process';
import type { Card } from '../run/card';
import type { Fault } from '../run/protocol';
import type { RunRecord } from '../run/record';
import type { RunCommand } from './arguments';
import { chooseBackend } from './backend';
import { bar } from './bar';
import { EXIT } from './exit-code';
import type { Host } from './host';
import { jsonLines } from './json-lines';
import { earlierMeasured, keepMeasured } from './measured-file';
import { requireWritable, writeRecords } from './record-file';
import type { Reporter } from './reporter';
import { runOne } from './run-one';
import { dataSetsOf, planOf } from './setting';
import { summaries } from './summary';

/** Failures that a sentence explains; any other is a bug, and its stack is shown. */
const EXPECTED = ['SpecError', 'DataError', 'ShapeError', 'DeviceError', 'DivergedError'];

const explain = ({ name, message, stack }: Fault): string =>
  EXPECTED.includes(name) ? message : (stack ?? `${name}: ${message}`);

function reporterFor(card: Card, quiet: boolean): Reporter {
  const write = (text: string) => void stdout.write(text);
  if (!quiet && !stdout.isTTY) return jsonLines(write);
  const summary = summaries(card, write);
  return quiet || !stderr.isTTY ? summary : bar(card, (text) => void stderr.write(text), summary);
}

/**
 * Runs all that a link asks for, one run after another, and keeps the records. Ctrl-C ends the run under way at its
 * next step and leaves out the others.
 * @returns exit code
 * @throws SpecError for a bad link, DeviceError where the backend asked for is not to be had.
 */
export async function runCommand(command: RunCommand, host: Host): Promise<number> {
  const { card, link, plan, warnings } = planOf(command.link, command.steps);
  for (const warning of warnings) stderr.write(`Warning: ${warning}.\n`);
  const { out, measured } = command;
  if (out !== undefined) await requireWritable(out);
  if (measured !== undefined) await earlierMeasured(measured, card, link); // refused now rather than after the runs
  for (const name of dataSetsOf(card, plan)) await host.prepareData(name);
  const choice = await chooseBackend(command.backend, host);
  if (choice.reason !== undefined) stderr.write(`${choice.reason} Computing on ${choice.backend} instead.\n`);
  if (choice.remark !== undefined) stderr.write(`${choice.remark}\n`);

  const abort = new AbortController();
  const interrupt = () => abort.abort();
  process.on('SIGINT', interrupt);
  const reporter = reporterFor(card, command.quiet);
  const records: RunRecord[] = [];
  try {
    for (const planned of plan) {
      const { signal } = abort;
      const record = await runOne(planned, { choice, dataRoot: host.dataRoot, signal, reporter });
      if (record.fault) stderr.write(`${planned.variant}, seed ${planned.seed}: ${explain(record.fault)}\n`);
      records.push(record);
      if (out !== undefined) await writeRecords(out, records, plan.length);
      if (signal.aborted) break;
    }
  } finally {
    process.off('SIGINT', interrupt);
    host.releaseGpu();
  }
  if (measured !== undefined)
    await keepMeasured(measured, { card, link, records, planned: plan.length, backend: command.backend });
  if (abort.signal.aborted) return EXIT.interrupted;
  return records.some(({ status }) => status === 'failed') ? EXIT.failed : EXIT.done;
}
