import { describe, expect, test } from 'vitest';

import { Blocks, keep, nodes } from './markdown';

function html(raw: string): string {
  const around = document.createElement('div');
  around.append(nodes(raw));
  return around.innerHTML;
}

describe('what a model writes', () => {
  test.each([
    ['<script>alert(1)</script>', /<script/],
    ['<img src=x onerror=alert(1)>', /<img/],
    ['![a](https://elsewhere.example/pixel.png)', /<img/],
    ['[a](javascript:alert(1))', /javascript:/],
    ['[a](data:text/html,hello)', /data:/],
    ['<iframe src="https://elsewhere.example"></iframe>', /<iframe/],
    ['<p style="position:fixed">x</p>', /<p style/],
  ])('cannot do anything: %s', (text, forbidden) => {
    expect(html(text)).not.toMatch(forbidden);
  });

  test('shows as it is meant', () => {
    expect(html('**bold** and `code`')).toBe('<p><strong>bold</strong> and <code>code</code></p>\n');
    expect(html('# Title')).toBe('<p class="heading depth-1">Title</p>');
    expect(html('- [x] done')).toContain('☑');
    expect(html('[a](https://example.org)')).toContain('rel="noopener noreferrer"');
    expect(html('![a picture](https://example.org/a.png)')).toContain('>a picture</a>');
  });

  test.each([
    'One.\n\nTwo is *being* written.\n\n```rs\nfn main() {\n\n    f();\n}\n```\n\nAfter.\n',
    '- a\n\n  still a\n- b\n  1. c\n\n     d\n\nEnd\n\n* e\n- f\n\n1. g\n2. h\n',
    'Title\n=====\n\nOther\n---\ntext\n\n***\n\n# Heading\ntext\n## Two\n',
    'a | b\n--|--\n1 | 2\n3 | 4\n\nfree\n\n> quote\nlazy\n\n> more\n\n    code\n\n    more code\n\nend',
    'crlf\r\n\r\n- a\r\n- b\r\n\r\nend\r\n',
    'same\n\nsame\n\nsame\n\n- same\n\n- same\n\nsame',
  ])('is read while it grows as it is read at once: %j', (text) => {
    const growing = new Blocks();
    const plain = (blocks: { type: string; raw: string }[]) => blocks.map(({ type, raw }) => [type, raw.trimEnd()]);
    for (let end = 1; end <= text.length; end += 1) {
      const part = text.slice(0, end);
      expect(plain(growing.read(part)), JSON.stringify(part)).toEqual(plain(new Blocks().read(part)));
    }
  });

  test('keeps the blocks that are finished, and begins anew with another text', () => {
    const blocks = new Blocks();
    const before = blocks.read('One.\n\nTwo.\n\nThree.\n\nFour is being wri');
    const after = blocks.read('One.\n\nTwo.\n\nThree.\n\nFour is being written.');
    expect(after[0]).toBe(before[0]);
    expect(after[1]).toBe(before[1]);
    expect(after[3]?.raw).toBe('Four is being written.');
    expect(blocks.read('Other.').map((block) => block.raw)).toEqual(['Other.']);
  });
});

describe('a block that went from the page', () => {
  function shown(raw: string): HTMLElement {
    const block = document.createElement('div');
    block.append(nodes(raw));
    return block;
  }

  test('comes back as the nodes that it was, to one place', () => {
    const first = shown('kept **once**');
    const node = first.firstChild;
    keep('kept **once**', first);
    const [again, another] = [shown('kept **once**'), shown('kept **once**')];
    expect(again.firstChild).toBe(node);
    expect(another.innerHTML).toBe(again.innerHTML);
    expect(another.firstChild).not.toBe(node);
  });

  test('is made anew when many went after it', () => {
    const first = shown('the first');
    const node = first.firstChild;
    keep('the first', first);
    for (let index = 0; index < 400; index += 1) keep(`block ${index}`, shown(`block ${index}`));
    expect(shown('the first').firstChild).not.toBe(node);
  });
});
