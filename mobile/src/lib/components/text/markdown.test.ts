import { describe, expect, test } from 'vitest';

import { blocks, html } from './markdown';

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

  test('comes in blocks of which only the last changes while it grows', () => {
    const before = blocks('One.\n\nTwo is being wri').map((block) => block.raw.trim());
    const after = blocks('One.\n\nTwo is being written.\n\n```rs\nfn').map((block) => block.raw.trim());
    expect(before[0]).toBe('One.');
    expect(after.slice(0, 2)).toEqual(['One.', 'Two is being written.']);
    expect(blocks('```rs\nfn')[0]?.type).toBe('code');
  });
});
