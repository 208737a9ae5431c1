// Colours for code, by Shiki. It runs beside the page, so that no frame waits for a grammar. No WebAssembly: the page's
// policy forbids it.
import type { HighlighterCore, LanguageInput } from 'shiki/core';

export type Kind = 'keyword' | 'string' | 'name' | 'number' | 'comment' | 'plain';

export interface Piece {
  text: string;
  kind: Kind;
}

export type Line = Piece[];

const LANGUAGES: Record<string, () => Promise<{ default: LanguageInput }>> = {
  bash: () => import('shiki/langs/bash.mjs'),
  c: () => import('shiki/langs/c.mjs'),
  cpp: () => import('shiki/langs/cpp.mjs'),
  csharp: () => import('shiki/langs/csharp.mjs'),
  css: () => import('shiki/langs/css.mjs'),
  dart: () => import('shiki/langs/dart.mjs'),
  diff: () => import('shiki/langs/diff.mjs'),
  docker: () => import('shiki/langs/docker.mjs'),
  elixir: () => import('shiki/langs/elixir.mjs'),
  go: () => import('shiki/langs/go.mjs'),
  graphql: () => import('shiki/langs/graphql.mjs'),
  haskell: () => import('shiki/langs/haskell.mjs'),
  html: () => import('shiki/langs/html.mjs'),
  java: () => import('shiki/langs/java.mjs'),
  javascript: () => import('shiki/langs/javascript.mjs'),
  json: () => import('shiki/langs/json.mjs'),
  jsx: () => import('shiki/langs/jsx.mjs'),
  kotlin: () => import('shiki/langs/kotlin.mjs'),
  lua: () => import('shiki/langs/lua.mjs'),
  make: () => import('shiki/langs/make.mjs'),
  markdown: () => import('shiki/langs/markdown.mjs'),
  php: () => import('shiki/langs/php.mjs'),
  python: () => import('shiki/langs/python.mjs'),
  ruby: () => import('shiki/langs/ruby.mjs'),
  rust: () => import('shiki/langs/rust.mjs'),
  scala: () => import('shiki/langs/scala.mjs'),
  sql: () => import('shiki/langs/sql.mjs'),
  svelte: () => import('shiki/langs/svelte.mjs'),
  swift: () => import('shiki/langs/swift.mjs'),
  toml: () => import('shiki/langs/toml.mjs'),
  tsx: () => import('shiki/langs/tsx.mjs'),
  typescript: () => import('shiki/langs/typescript.mjs'),
  vue: () => import('shiki/langs/vue.mjs'),
  xml: () => import('shiki/langs/xml.mjs'),
  yaml: () => import('shiki/langs/yaml.mjs'),
  zig: () => import('shiki/langs/zig.mjs'),
};

const OTHER_NAMES: Record<string, string> = {
  sh: 'bash',
  shell: 'bash',
  shellscript: 'bash',
  zsh: 'bash',
  console: 'bash',
  js: 'javascript',
  mjs: 'javascript',
  cjs: 'javascript',
  ts: 'typescript',
  py: 'python',
  rs: 'rust',
  rb: 'ruby',
  yml: 'yaml',
  md: 'markdown',
  dockerfile: 'docker',
  'c++': 'cpp',
  'c#': 'csharp',
  cs: 'csharp',
  golang: 'go',
  kt: 'kotlin',
  makefile: 'make',
  hs: 'haskell',
  htm: 'html',
  jsonc: 'json',
  json5: 'json',
  gql: 'graphql',
  ex: 'elixir',
  svg: 'xml',
};

let highlighter: Promise<HighlighterCore> | undefined;

async function load(): Promise<HighlighterCore> {
  const [{ createHighlighterCore, createCssVariablesTheme }, { createJavaScriptRegexEngine }] = await Promise.all([
    import('shiki/core'),
    import('shiki/engine/javascript'),
  ]);
  const theme = createCssVariablesTheme({ name: 'kinds', variablePrefix: '--', fontStyle: false });
  return createHighlighterCore({
    themes: [theme],
    langs: [],
    engine: createJavaScriptRegexEngine({ forgiving: true }),
  });
}

/** The colour names of Shiki's theme of variables, as our five kinds. */
function kindOf(color: string | undefined): Kind {
  if (!color) return 'plain';
  if (color.includes('comment')) return 'comment';
  if (color.includes('string') || color.includes('link')) return 'string';
  if (color.includes('keyword')) return 'keyword';
  if (color.includes('constant')) return 'number';
  if (color.includes('function')) return 'name';
  return 'plain';
}

export function languageOf(name: string | null | undefined): string | null {
  const wanted =
    (name ?? '')
      .trim()
      .toLowerCase()
      .split(/[\s,{]/)[0] ?? '';
  const known = OTHER_NAMES[wanted] ?? wanted;
  return known in LANGUAGES ? known : null;
}

/** Lines in pieces; null where the language is not known. */
export async function colour(code: string, language: string): Promise<Line[] | null> {
  const name = languageOf(language);
  const grammar = name === null ? undefined : LANGUAGES[name];
  if (!name || !grammar) return null;
  highlighter ??= load();
  const shiki = await highlighter;
  if (!shiki.getLoadedLanguages().includes(name)) {
    await shiki.loadLanguage((await grammar()).default);
  }
  const lines = shiki.codeToTokensBase(code, { lang: name, theme: 'kinds', tokenizeMaxLineLength: 2_000 });
  return lines.map((line) => line.map((token) => ({ text: token.content, kind: kindOf(token.color) })));
}
