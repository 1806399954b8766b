import { stderr, stdout } from 'node:process';
import { DeviceError } from '../engine/device-error';
import { SpecError } from '../spec/parse-spec';
import { readArguments, USAGE, UsageError } from './arguments';
import { EXIT } from './exit-code';
import type { Host } from './host';
import { listCommand } from './list-command';
import { recordCommand, runCommand } from './run-command';

/** Says why nothing ran, and with which exit code. */
function refusal(error: unknown): { text: string; code: number } {
  if (error instanceof UsageError) return { text: `${error.message}\n\n${USAGE}`, code: EXIT.refused };
  if (error instanceof SpecError) {
    const lines = error.problems.map(({ where, message }) => `${where}: ${message}`);
    return { text: lines.join('\n'), code: EXIT.refused };
  }
  if (error instanceof DeviceError) return { text: error.message, code: EXIT.noDevice };
  return { text: error instanceof Error ? error.message : String(error), code: EXIT.failed };
}

/**
 * The command line, as `scripts/lab.mjs` calls it.
 * @param args what follows the program's name
 * @returns exit code
 */
export async function main(args: readonly string[], host: Host): Promise<number> {
  try {
    const command = readArguments(args);
    if (command?.name === 'run') return await runCommand(command, host);
    if (command?.name === 'record') return await recordCommand(command, host);
    if (command) await listCommand(command);
    else stdout.write(`${USAGE}\n`);
    return EXIT.done;
  } catch (error) {
    const { text, code } = refusal(error);
    stderr.write(`${text}\n`);
    return code;
  }
}
