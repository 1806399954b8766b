import { describe, expect, test } from 'vitest';
import { smallCard } from './ui-small-card';
import { defaultsOf } from '../../src/spec/parse-spec';
import { knobText } from '../../src/ui/knob-text';
import { diffSentence, differencesOf } from '../../src/ui/run-diff';

const { knobs } = smallCard;
const base = { ...defaultsOf(knobs) };
const plain = (text: string) => text.replaceAll('\u00a0', ' ');

describe('what differs, in words', () => {
  test('nothing differs from itself', () => {
    expect(diffSentence(knobs, base, base)).toBe('');
  });

  test('labels, option names, shares and units are those of the page', () => {
    const spec = { ...base, router: 'dense', capacity: 0.25, width: 32 };
    expect(plain(diffSentence(knobs, spec, base))).toBe(
      'router Dense instead of A-MoD, capacity 25 % instead of 50 % of tokens, width 32 instead of 64 features',
    );
  });

  test('acronyms keep their capitals, flags read as on and off', () => {
    const spec = { ...base, mlpRatio: 4, augment: true };
    expect(differencesOf(knobs, spec, base).map(({ text }) => text)).toEqual([
      'MLP ratio 4 instead of 2',
      'augment on instead of off',
    ]);
  });

  test('many differences are counted', () => {
    const spec = { router: 'dense', capacity: 0.25, width: 32, mlpRatio: 4, augment: true, rate: 0.01 };
    expect(diffSentence(knobs, spec, base)).toMatch(/ and 3 more$/);
  });

  test('a share carries what it is of', () => {
    expect(plain(knobText(knobs.capacity, 0.0625))).toBe('6.25 % of tokens');
  });
});
