import { parseArgs } from 'node:util';
import type { Where } from './results';

export const USAGE = `Usage:
  npm run bench -- [--engine a,b] [--workload a,b] [--where browser|node] [--repeats N] [--budget SECONDS]
                   [--scaling] [--json FILE] [--save]
  npm run bench -- --profile [--workload a,b] [--where browser|node]
  npm run bench -- --list
  npm run bench -- --readme FILE

  --engine    engines to time, all by default; each must first have the losses of ours
  --workload  workloads to time them on, all by default
  --where     one page of a headless browser (the default), or one Node process
  --repeats   timed repetitions of each pair, at most (9)
  --budget    seconds for the repetitions of one pair, roughly (20)
  --scaling   time batch, tokens, width and depth too, one size at a time
  --json      write the results to this file; --save writes them to bench/results/
  --profile   where the time of our step goes, program by program
  --list      the engines and workloads there are
  --readme    put the table of a results file into README.md

Exit codes: 0 done, 1 failed, 2 bad arguments, 3 no WebGPU device.`;

export interface MeasureCommand {
  name: 'measure';
  engines: readonly string[];
  workloads: readonly string[];
  where: Where;
  repeats: number;
  budgetSeconds: number;
  scaling: boolean;
  json?: string;
  save: boolean;
}

export interface ProfileCommand {
  name: 'profile';
  workloads: readonly string[];
  where: Where;
}

export type Command =
  MeasureCommand | ProfileCommand | { name: 'list' } | { name: 'readme'; file: string } | { name: 'help' };

/** Arguments that make no command; the message says why. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** Names there are to choose from. */
export interface Known {
  engines: readonly string[];
  workloads: readonly string[];
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        engine: { type: 'string' },
        workload: { type: 'string' },
        where: { type: 'string', default: 'browser' },
        repeats: { type: 'string', default: '9' },
        budget: { type: 'string', default: '20' },
        scaling: { type: 'boolean', default: false },
        json: { type: 'string' },
        save: { type: 'boolean', default: false },
        profile: { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
        readme: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** The names in a list with commas; all there are where nothing was asked for. */
function chosen(kind: string, list: string | undefined, known: readonly string[]): readonly string[] {
  if (list === undefined) return known;
  const names = [...new Set(list.split(',').map((name) => name.trim()))];
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new UsageError(
      `There is no ${kind} ${unknown.map((name) => `"${name}"`).join(', ')}; there are ${known.join(', ')}.`,
    );
  return names;
}

function wholeNumber(option: string, text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text))
    throw new UsageError(`--${option} is a whole number from 1, not "${text}".`);
  return Number(text);
}

/**
 * The command that the arguments ask for.
 * @throws UsageError
 */
export function readArguments(args: readonly string[], known: Known): Command {
  const values = parse(args);
  if (values.help) return { name: 'help' };
  if (values.list) return { name: 'list' };
  if (values.readme !== undefined) return { name: 'readme', file: values.readme };
  const { where } = values;
  if (where !== 'browser' && where !== 'node')
    throw new UsageError(`--where is browser or node, not "${where}".`);
  const asked = { workloads: chosen('workload', values.workload, known.workloads), where } as const;
  if (values.profile) return { name: 'profile', ...asked };
  return {
    name: 'measure',
    engines: chosen('engine', values.engine, known.engines),
    ...asked,
    repeats: wholeNumber('repeats', values.repeats),
    budgetSeconds: wholeNumber('budget', values.budget),
    scaling: values.scaling,
    save: values.save,
    ...(values.json !== undefined && { json: values.json }),
  };
}
