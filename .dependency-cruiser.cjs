/** The layers, lowest first. A module may import its own layer and those below it, never those above. */
const layers = [
  ['spec', 'math'],
  ['data'],
  ['engine'],
  ['kernels'],
  ['nn'],
  ['methods'],
  ['run'],
  ['training'],
  ['experiments'],
  ['ui', 'cli'],
];
/** A lens belongs to its experiment's folder and to the page's layer. */
const LENS = '^src/experiments/[^/]+/lens/';
const pathOf = (names) => `^src/(${names.join('|')})/`;
const LOWEST_PAGE = `^src/(ui/|main\\.ts$)|${LENS}`;

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Type imports count: two files that need each other are one file, or lack a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    ...layers.slice(0, -1).map((names, i) => ({
      name: `${names.join('-and-')}-stays-below`,
      severity: 'error',
      from: { path: pathOf(names), pathNot: LENS },
      to: { path: `${pathOf(layers.slice(i + 1).flat())}|^workers/|^src/main\\.ts$` },
    })),
    {
      name: 'page-never-reaches-tfjs',
      comment: 'The page gets numbers, never tensors.',
      severity: 'error',
      from: { path: LOWEST_PAGE },
      to: { path: '@tensorflow', reachable: true },
    },
    {
      name: 'page-never-loads-runs',
      severity: 'error',
      from: { path: LOWEST_PAGE },
      to: { path: '^src/experiments/(runs|inspectors|[^/]+/(run|inspect))\\.ts$' },
    },
    {
      name: 'command-line-without-page',
      severity: 'error',
      from: { path: '^src/cli/' },
      to: { path: LOWEST_PAGE },
    },
    {
      name: 'page-without-command-line',
      severity: 'error',
      from: { path: LOWEST_PAGE },
      to: { path: '^src/cli/' },
    },
    {
      name: 'page-takes-only-data-from-below',
      comment: 'Globs and type imports inside .svelte files are invisible to the reachability rule.',
      severity: 'error',
      from: { path: LOWEST_PAGE },
      to: { path: '^src/(kernels|nn|methods|training)/' },
    },
    {
      name: 'cards-are-data',
      severity: 'error',
      from: { path: '^src/experiments/[^/]+/(card|knobs|presets|check)\\.ts$' },
      to: {
        pathNot:
          '^(src/(spec|math|run)/|seeds/|src/experiments/[^/]+/(knobs|presets|check|tasks)\\.ts$|src/experiments/[^/]+/measured/[^/]+\\.json$)',
      },
    },
    {
      name: 'experiments-are-islands',
      severity: 'error',
      from: { path: '^src/experiments/([^/]+)/' },
      to: { path: '^src/experiments/[^/]+/', pathNot: '^src/experiments/$1/' },
    },
    {
      name: 'plain-mathematics',
      comment:
        'These run without tensors: on the page, in Node, in tests. Ways of weighing have a form on the device besides.',
      severity: 'error',
      from: {
        path: '^src/(spec|math|data|methods/(weighting|collapse))/',
        pathNot: '^src/methods/weighting/(methods/|(weighting-method|divisor)\\.ts$)',
      },
      to: { path: '@tensorflow' },
    },
    {
      name: 'only-the-engine-knows-the-backends',
      severity: 'error',
      from: { path: '^(src|workers)/', pathNot: '^src/engine/' },
      to: { path: '@tensorflow/tfjs-backend' },
    },
    {
      name: 'svelte-only-on-the-page',
      severity: 'error',
      from: { path: '^(src|workers)/', pathNot: `${LOWEST_PAGE}|\\.svelte$` },
      to: { path: 'node_modules/svelte' },
    },
    {
      name: 'no-orphans',
      comment:
        'A file nothing imports is dead. Cards and runs are found by folder, kernels by the parity test.',
      severity: 'error',
      from: { orphan: true, pathNot: ['\\.d\\.ts$', '^src/experiments/'] },
      to: {},
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true, pathNot: '\\?' } },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['svelte', 'import', 'browser', 'default'],
      extensions: ['.ts', '.js', '.svelte', '.svelte.ts'],
    },
  },
};
