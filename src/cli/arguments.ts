import { parseArgs } from 'node:util';
import type { BackendName } from '../engine/device-info';

export const USAGE = `Usage:
  npm run lab -- run "<URL or query>" [--out record.json] [--steps N] [--backend webgpu|wasm|cpu] [--quiet]
                    [--measured figures.json]
  npm run lab -- record "<URL or query>" [--add] [--busy] [--backend webgpu|wasm|cpu]
                    [--quiet]
  npm run lab -- list [--json | --write]

--out writes the records as JSON, or, to a file that ends in .seedlab, as a bundle that the page opens.

--measured keeps what a preset showed beside its card: final values by seed, device, date and command. Commands on the
same device add their seeds and variants to the file. Nothing is written unless every run is done.

record runs a preset and keeps the runs as the page shows them on opening: src/experiments/<id>/recorded/<preset>.seedlab,
and <preset>.json beside it. With --add the seeds that the file has already stay. --busy notes that the machine had other work,
so that times do not compare.

list --write brings every src/experiments/<id>/listing.json, which the home page is made of, up to its card.

Exit codes: 0 done, 1 a run failed, 2 bad arguments, link or setting, 3 no device for the backend asked for,
130 stopped with Ctrl-C.`;

const BACKENDS: readonly BackendName[] = ['webgpu', 'wasm', 'cpu'];

export interface RunCommand {
  name: 'run';
  link: string;
  out?: string;
  /** File of figures to write or to add to. */
  measured?: string;
  steps?: number;
  /** Where it must compute; absent for the best there is. */
  backend?: BackendName;
  quiet: boolean;
}

/** Runs whose records the page ships. */
export interface RecordCommand {
  name: 'record';
  link: string;
  /** Beside the seeds that were recorded before. */
  add: boolean;
  /** The machine has other work, so that times will not compare. */
  busy: boolean;
  backend?: BackendName;
  quiet: boolean;
}

export interface ListCommand {
  name: 'list';
  json: boolean;
  /** Write the cards' listings. */
  write: boolean;
}

/** Arguments that make no command; the message says why. */
export class UsageError extends Error {
  override name = 'UsageError';
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        out: { type: 'string' },
        measured: { type: 'string' },
        steps: { type: 'string' },
        backend: { type: 'string' },
        quiet: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        write: { type: 'boolean', default: false },
        add: { type: 'boolean', default: false },
        busy: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** Options that a command has not. */
const FOREIGN = {
  list: ['out', 'measured', 'steps', 'backend', 'quiet', 'add', 'busy'],
  run: ['json', 'write', 'add', 'busy'],
  record: ['out', 'measured', 'steps', 'json', 'write'],
} as const;

const isCommand = (name: string | undefined): name is keyof typeof FOREIGN =>
  name !== undefined && Object.hasOwn(FOREIGN, name);

/**
 * The command that the arguments ask for; null when they ask for help.
 * @throws UsageError
 */
export function readArguments(args: readonly string[]): RunCommand | RecordCommand | ListCommand | null {
  const { values, positionals } = parse(args);
  if (values.help) return null;
  const [name, link, ...rest] = positionals;
  const stray = name === 'list' ? link : rest[0];
  if (stray !== undefined)
    throw new UsageError(`"${stray}" is one argument too many. Is the link in quotation marks?`);
  if (!isCommand(name)) throw new UsageError(name === undefined ? 'No command.' : `No command "${name}".`);
  const foreign = FOREIGN[name].find((option) => values[option] !== undefined && values[option] !== false);
  if (foreign !== undefined) throw new UsageError(`"${name}" has no option --${foreign}.`);
  if (name === 'list') {
    if (values.json && values.write) throw new UsageError('--json and --write do not go together.');
    return { name, json: values.json, write: values.write };
  }
  if (link === undefined) throw new UsageError(`"${name}" needs a link or its query, in quotation marks.`);

  const backend = BACKENDS.find((known) => known === values.backend);
  if (values.backend !== undefined && backend === undefined)
    throw new UsageError(`--backend is one of ${BACKENDS.join(', ')}, not "${values.backend}".`);
  const shared = { link, quiet: values.quiet, ...(backend !== undefined && { backend }) };
  const { add, busy } = values;
  if (name === 'record') return { name, ...shared, add, busy };

  if (values.steps !== undefined && !/^[1-9]\d*$/.test(values.steps))
    throw new UsageError(`--steps is a whole number from 1, not "${values.steps}".`);
  if (values.measured !== undefined && values.steps !== undefined)
    throw new UsageError('--measured keeps what a preset shows; --steps would run something else.');
  return {
    name,
    ...shared,
    ...(values.out !== undefined && { out: values.out }),
    ...(values.measured !== undefined && { measured: values.measured }),
    ...(values.steps !== undefined && { steps: Number(values.steps) }),
  };
}
