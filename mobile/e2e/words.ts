// What a person and an agent may write: prose, lists, code, tools. The same each time.
export type Text = { text: string } | { command: string; output: string };

const WORDS =
  'the table takes the hour as it is and passes its phase on so that a reader finds both values where they were before and nothing else has to change in the file that keeps them'.split(
    ' ',
  );

const words = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => WORDS[(from + index * 7) % WORDS.length]).join(' ');
const sentence = (seed: number) => `${words(seed, 9 + (seed % 9))} \`value_${seed % 50}\` **${words(seed + 3, 2)}**.`;
const paragraph = (seed: number) => [sentence(seed), sentence(seed + 1), sentence(seed + 2)].join(' ');
const list = (seed: number) => [0, 1, 2, 3].map((index) => `- ${sentence(seed + index)}`).join('\n');
const code = (seed: number) =>
  [
    '```rust',
    `pub fn tide_${seed}(hour: u32, phase: f64) -> f64 {`,
    '    // Twice a day',
    ...[1, 2, 3, 4, 5, 6].map((index) => `    let part_${index} = f64::from(hour) / ${index}.4 + phase;`),
    '    (part_1 + part_2).sin()',
    '}',
    '```',
  ].join('\n');

export const prompt = (seed: number): Text => ({ text: words(seed, 8 + (seed % 20)) });

export function answer(seed: number): Text[] {
  const text = [
    paragraph(seed),
    seed % 3 === 0 ? code(seed) : '',
    seed % 4 === 1 ? list(seed) : '',
    paragraph(seed + 5),
  ];
  const tool = { command: `cargo test tide_${seed}`, output: `test tide_${seed} ... ok\n`.repeat(20) };
  return [...(seed % 5 === 1 ? [tool] : []), { text: text.filter(Boolean).join('\n\n') }];
}

/** So many tokens of one long answer. */
export function* tokens(count: number): Generator<string> {
  let left = count;
  for (let seed = 0; left > 0; seed += 1) {
    const block = [paragraph, list, paragraph, code][seed % 4] ?? paragraph;
    for (const token of `${block(seed)}\n\n`.match(/\s*\S+|\s+$/g) ?? []) {
      if (left <= 0) return;
      left -= 1;
      yield token;
    }
  }
}
