import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { runnerImport, type Plugin } from 'vite';
import type { Card } from '../src/run/card';
import { compileExplanation } from './explanations/compile.ts';
import { neededFonts } from './explanations/katex-style.ts';

const EXPLANATION = /\/src\/experiments\/[^/]+\/explanation\.md$/;
const KATEX_STYLE = /\/katex\/dist\/katex\.css$/;

/** Text of all sources of an experiment's lens; '' where it has none. */
async function lensOf(folder: string): Promise<{ text: string; files: string[] }> {
  const lens = path.join(folder, 'lens');
  const names = await readdir(lens).catch(() => []);
  const files = names.map((name) => path.join(lens, name));
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  return { text: texts.join('\n'), files };
}

/**
 * Compiles `src/experiments/<id>/explanation.md`: formulas are typeset at build time, and each knob, metric, variant and figure
 * that it names must exist, or the build fails. Of KaTeX only its styles and the fonts that formulas here need reach the browser.
 */
export function explanations(): Plugin {
  return {
    name: 'seedlab-explanations',
    enforce: 'pre',
    load: {
      filter: { id: [EXPLANATION, KATEX_STYLE] },
      async handler(id) {
        if (KATEX_STYLE.test(id)) return neededFonts(await readFile(id, 'utf8'));
        const folder = path.dirname(id);
        const cardFile = path.join(folder, 'card.ts');
        const [text, lens, imported] = await Promise.all([
          readFile(id, 'utf8'),
          lensOf(folder),
          runnerImport<{ default: Card }>(cardFile, { configFile: false, logLevel: 'error' }),
        ]);
        for (const used of [cardFile, ...lens.files]) this.addWatchFile(used);
        const explanation = compileExplanation(text, { card: imported.module.default, lens: lens.text });
        return { code: `export default ${JSON.stringify(explanation)};`, moduleType: 'js', map: null };
      },
    },
  };
}
