import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import tseslint from 'typescript-eslint';

/** Reading back synchronously stalls the GPU; unseeded randomness and the clock make runs unrepeatable. */
const NEVER = [
  {
    selector: 'CallExpression[callee.property.name=/^(dataSync|arraySync)$/]',
    message: 'Read back with data(): a synchronous read stalls the GPU.',
  },
];
const NOT_IN_RUNS = [
  {
    selector: 'MemberExpression[object.name="Math"][property.name="random"]',
    message: 'Randomness is an argument: take an Rng.',
  },
  {
    selector:
      'CallExpression[callee.object.name="tf"][callee.property.name=/^(random|truncatedNormal|multinomial|dropout)/]',
    message: 'Randomness is an argument: take an Rng.',
  },
  {
    selector: ':matches(NewExpression[callee.name="Date"], MemberExpression[object.name="Date"])',
    message: 'A run may not depend on the clock.',
  },
];

export default tseslint.config(
  { ignores: ['dist', '.data', '.cache', 'node_modules'] },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.svelte'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: {
        project: [
          'tsconfig.json',
          'workers/tsconfig.json',
          'src/cli/tsconfig.json',
          'bench/tsconfig.json',
          'tests/tsconfig.json',
        ],
        extraFileExtensions: ['.svelte'],
      },
    },
    rules: {
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/prefer-literal-enum-member': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'no-restricted-syntax': ['error', ...NEVER],
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ['src/**/*.ts', 'workers/**/*.ts'],
    ignores: ['src/ui/**', 'src/cli/**', 'src/main.ts'],
    rules: { 'no-restricted-syntax': ['error', ...NEVER, ...NOT_IN_RUNS] },
  },
  ...svelte.configs.recommended,
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: {
      globals: globals.browser,
      parserOptions: { parser: tseslint.parser },
    },
  },
  {
    files: ['tests/**/*.ts'],
    rules: {
      'no-restricted-syntax': 'off',
      'max-lines': 'off',
      '@typescript-eslint/require-await': 'off', // generators under test need not wait for anything
      'require-yield': 'off',
    },
  },
  {
    files: ['scripts/**/*.mjs', 'bench/**/*.mjs', '*.config.js', '.dependency-cruiser.cjs'],
    languageOptions: { globals: { ...globals.node } },
  },
);
