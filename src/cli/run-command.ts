import { stderr, stdout } from 'node:process';
import { DeviceKeeper } from '../engine/lab-device';
import type { Card } from '../run/card';
import type { Fault } from '../run/protocol';
import type { RunRecord } from '../run/record';
import type { RecordCommand, RunCommand } from './arguments';
import { chooseBackend } from './backend';
import { bar } from './bar';
import { EXIT } from './exit-code';
import type { Host } from './host';
import { jsonLines } from './json-lines';
import { earlierMeasured, keepMeasured } from './measured-file';
import { requireWritable, writeRecords, type MadeBy } from './record-file';
import { keepRecording, recordingFiles } from './recording-file';
import type { Reporter } from './reporter';
import { encodeLink } from '../spec/link';
import { runOne } from './run-one';
import { dataSetsOf, planOf, type Setting } from './setting';
import { summaries } from './summary';

/** Failures that a sentence explains; any other is a bug, and its stack is shown. */
const EXPECTED = ['SpecError', 'DataError', 'ShapeError', 'DeviceError', 'DeviceLostError', 'DivergedError'];

const explain = ({ name, message, stack }: Fault): string =>
  EXPECTED.includes(name) ? message : (stack ?? `${name}: ${message}`);

function reporterFor(card: Card, quiet: boolean): Reporter {
  const write = (text: string) => void stdout.write(text);
  if (!quiet && !stdout.isTTY) return jsonLines(write);
  const summary = summaries(card, write);
  return quiet || !stderr.isTTY ? summary : bar(card, (text) => void stderr.write(text), summary);
}

/** What is done with the records of a plan. */
interface Keeping {
  /** Quiet, or a bar on a terminal, or JSON lines. */
  quiet: boolean;
  backend: RunCommand['backend'];
  /** After every run, with all records so far. */
  kept?(records: readonly RunRecord[]): Promise<void>;
  /** After the last one. */
  ended(records: readonly RunRecord[]): Promise<void>;
}

/**
 * Runs a plan, one run after another. Ctrl-C ends the run under way at its next step and leaves out the others.
 * @returns exit code
 * @throws DeviceError where the backend asked for is not to be had.
 */
async function runPlan({ card, plan, warnings }: Setting, keeping: Keeping, host: Host): Promise<number> {
  for (const warning of warnings) stderr.write(`Warning: ${warning}.\n`);
  for (const name of dataSetsOf(card, plan)) await host.prepareData(name);
  const choice = await chooseBackend(keeping.backend, host);
  if (choice.reason !== undefined) stderr.write(`${choice.reason} Computing on ${choice.backend} instead.\n`);
  if (choice.remark !== undefined) stderr.write(`${choice.remark}\n`);

  const abort = new AbortController();
  const interrupt = () => abort.abort();
  process.on('SIGINT', interrupt);
  const reporter = reporterFor(card, keeping.quiet);
  const devices = new DeviceKeeper();
  const records: RunRecord[] = [];
  try {
    for (const planned of plan) {
      const { signal } = abort;
      const { dataRoot } = host;
      const record = await runOne(planned, { choice, devices, dataRoot, signal, reporter });
      if (record.fault) stderr.write(`${planned.variant}, seed ${planned.seed}: ${explain(record.fault)}\n`);
      records.push(record);
      await keeping.kept?.(records);
      if (signal.aborted) break;
    }
  } finally {
    process.off('SIGINT', interrupt);
    devices.close();
    host.releaseGpu();
  }
  await keeping.ended(records);
  if (abort.signal.aborted) return EXIT.interrupted;
  return records.some(({ status }) => status === 'failed') ? EXIT.failed : EXIT.done;
}

/**
 * Runs all that a link asks for and keeps the records.
 * @returns exit code
 * @throws SpecError for a bad link, DeviceError where the backend asked for is not to be had.
 */
export async function runCommand(command: RunCommand, host: Host): Promise<number> {
  const setting = planOf(command.link, command.steps);
  const { card, link, plan } = setting;
  const { out, measured, quiet, backend } = command;
  const made: MadeBy = { link: encodeLink(card, link).search, build: __BUILD__, madeAt: Date.now() };
  if (out !== undefined) await requireWritable(out);
  if (measured !== undefined) await earlierMeasured(measured, card, link); // refused now rather than after the runs
  const keeping: Keeping = {
    ...{ quiet, backend },
    async kept(records) {
      if (out !== undefined) await writeRecords(out, records, plan.length, made);
    },
    async ended(records) {
      if (measured !== undefined)
        await keepMeasured(measured, { card, link, records, planned: plan.length, backend });
    },
  };
  return runPlan(setting, keeping, host);
}

/**
 * Runs a preset and keeps the runs as the page ships them.
 * @returns exit code
 * @throws SpecError for a bad link or one that is not of a preset, DeviceError where the backend asked for is not to be had.
 */
export async function recordCommand(command: RecordCommand, host: Host): Promise<number> {
  const setting = planOf(command.link);
  const { card, link, plan } = setting;
  recordingFiles(card, link); // refused now rather than after the runs
  const { quiet, backend, add, busy } = command;
  const ended = (records: readonly RunRecord[]) =>
    keepRecording(card, link, records, { planned: plan.length, add, busy });
  return runPlan(setting, { quiet, backend, ended }, host);
}
