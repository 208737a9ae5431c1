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

/** The blocks of a text: while it grows, only the last one changes. */
export function blocks(text: string): Token[] {
  return marked.lexer(text).filter((token) => token.type !== 'space');
}

/** One block as HTML that can be put into the page. */
export function html(raw: string): string {
  return DOMPurify.sanitize(marked.parse(raw, { async: false }), ALLOWED);
}
