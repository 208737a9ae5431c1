import DOMPurify from 'dompurify';
import { Marked, type Token } from 'marked';

import { t } from '../../i18n';

const escape = (text: string) => text.replace(/[&<>"']/g, (found) => `&#${found.charCodeAt(0)};`);

const marked = new Marked({
  gfm: true,
  renderer: {
    // Nothing is asked of other servers: a picture is a link to it.
    image({ href, text }) {
      return `<a href="${escape(href)}">${escape(text || href)}</a>`;
    },
    // What a model writes is text, not a page.
    html({ text }) {
      return escape(text);
    },
    checkbox({ checked }) {
      return checked ? '☑ ' : '☐ ';
    },
    // A heading in a chat is no heading of the page.
    heading({ tokens, depth }) {
      return `<p class="heading depth-${depth}">${this.parser.parseInline(tokens)}</p>`;
    },
    table({ header, rows }) {
      const cells = (tag: string, row: typeof header) =>
        row.map((cell) => `<${tag}>${this.parser.parseInline(cell.tokens)}</${tag}>`).join('');
      const body = rows.map((row) => `<tr>${cells('td', row)}</tr>`).join('');
      return `<div class="wide" role="region" tabindex="0" aria-label="${escape(t.chat.agent)}"><table><thead><tr>${cells('th', header)}</tr></thead><tbody>${body}</tbody></table></div>`;
    },
  },
});

DOMPurify.addHook('afterSanitizeAttributes', (node) => {
  if (node.tagName === 'A') {
    node.setAttribute('target', '_blank');
    node.setAttribute('rel', 'noopener noreferrer');
  }
});

const ALLOWED = {
  ALLOWED_TAGS: [
    'a',
    'blockquote',
    'br',
    'code',
    'del',
    'div',
    'em',
    'hr',
    'li',
    'ol',
    'p',
    'pre',
    'strong',
    'table',
    'tbody',
    'td',
    'th',
    'thead',
    'tr',
    'ul',
  ],
  ALLOWED_ATTR: ['href', 'class', 'start', 'role', 'tabindex', 'aria-label'],
  ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
};

const blocksOf = (text: string): Token[] => marked.lexer(text).filter((token) => token.type !== 'space');

/** What more text can still change: a list goes on behind an empty line, a line below makes a heading. */
const OPEN = 2;

/** The blocks of a text that may grow: then only its end is read again, and the blocks before it stay the same things. */
export class Blocks {
  #text = '';
  #blocks: Token[] = [];
  /** Where each of them begins. */
  #starts: number[] = [];

  read(text: string): Token[] {
    const whole = text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
    const kept = whole.startsWith(this.#text) ? Math.max(0, this.#blocks.length - OPEN) : 0;
    const from = kept > 0 ? (this.#starts[kept] ?? 0) : 0;
    const end = blocksOf(whole.slice(from));
    this.#blocks = [...this.#blocks.slice(0, kept), ...end];
    this.#starts = [...this.#starts.slice(0, kept), ...startsOf(end, whole, from)];
    this.#text = this.#starts.includes(-1) ? '\0' : whole;
    return this.#blocks;
  }
}

/** Blocks do not say where they were found. -1 for one that is not there as it was read. */
function startsOf(blocks: Token[], text: string, from: number): number[] {
  let at = from;
  return blocks.map(({ raw }) => {
    const start = at < 0 ? -1 : text.indexOf(raw, at);
    at = start < 0 ? -1 : start + raw.length;
    return start;
  });
}

/** The nodes of blocks that went from the page, for when they come back: a parser and a sanitizer take longest of all. */
const kept = new Map<string, DocumentFragment>();
const KEPT = 400;
const LONGEST_KEPT = 4_000;

/** One block as nodes that can be put into the page. */
export function nodes(raw: string): DocumentFragment {
  const known = kept.get(raw);
  kept.delete(raw);
  return known ?? DOMPurify.sanitize(marked.parse(raw, { async: false }), { ...ALLOWED, RETURN_DOM_FRAGMENT: true });
}

/** Takes the nodes of a block out of what went from the page. Of many, those that went last stay. */
export function keep(raw: string, block: HTMLElement): void {
  if (raw.length > LONGEST_KEPT || block.childNodes.length === 0) return;
  const fragment = new DocumentFragment();
  fragment.append(...block.childNodes);
  kept.delete(raw);
  kept.set(raw, fragment);
  const oldest = kept.keys().next().value;
  if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest);
}
