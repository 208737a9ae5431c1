// The contrasts that the design promises, computed from the tokens themselves: text 4.5, shapes and borders 3.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const css = readFileSync('src/lib/css/tokens.css', 'utf8');
const tokens = new Map(
  [...css.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map(([, name, light, dark]) => [
    name,
    { light, dark },
  ]),
);

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

export function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

const grounds = ['bg', 'surface', 'sunken', 'raised'];
const code = ['code-keyword', 'code-string', 'code-name', 'code-number', 'code-comment'];
const pairs: [string, string[], number][] = [
  [
    'text',
    [...grounds, 'accent-soft', 'bubble', 'add-bg', 'del-bg', 'add-word', 'del-word', 'find', 'attention-soft'],
    4.5,
  ],
  ['text-2', [...grounds, 'accent-soft', 'bubble', 'attention-soft', 'add-bg', 'del-bg'], 4.5],
  ['text-3', [...grounds, 'accent-soft', 'bubble', 'add-bg', 'del-bg'], 4.5],
  ['accent', [...grounds, 'accent-soft', 'attention-soft'], 4.5],
  ['on-accent', ['accent-fill'], 4.5],
  ['on-attention', ['attention'], 4.5],
  ['on-ok', ['ok-dot'], 3],
  ['attention', [...grounds, 'attention-soft'], 4.5],
  ['danger', [...grounds, 'danger-soft'], 4.5],
  ['ok', [...grounds, 'add-bg'], 4.5],
  ['control', ['surface', 'bg'], 3],
  ['attention-dot', ['surface', 'bg'], 3],
  ['ok-dot', ['surface', 'bg'], 3],
  ...code.map((name): [string, string[], number] => [name, ['surface', 'sunken', 'add-bg', 'del-bg'], 4.5]),
];

describe.each(['light', 'dark'] as const)('contrast in %s', (theme) => {
  test.each(pairs)('%s on %j is at least %d', (name, behind, wanted) => {
    for (const ground of behind) {
      const [front, back] = [tokens.get(name)?.[theme], tokens.get(ground)?.[theme]];
      expect(front, name).toBeDefined();
      expect(back, ground).toBeDefined();
      expect(contrast(front ?? '', back ?? ''), `${name} on ${ground}`).toBeGreaterThanOrEqual(wanted);
    }
  });
});

test('the computation is that of the guidelines', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21);
  expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
});
