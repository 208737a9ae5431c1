import { t } from '../i18n';

/** The code of a pasted link, or of a pasted code. A link of another server is not for this page. */
export function codeOf(pasted: string, origin: string): { code: string } | { problem: string } {
  const text = pasted.trim();
  if (!text) return { problem: t.pair.empty };
  if (!/^https?:\/\//i.test(text)) return { code: text.replace(/^#/, '') };
  const link = URL.canParse(text) ? new URL(text) : null;
  const code = codeInHash(link?.hash ?? '');
  if (!link || !code) return { problem: t.pair.empty };
  return link.origin === origin ? { code } : { problem: t.pair.wrongServer(link.origin) };
}

/** What is behind the `#`; nothing where that is no percent-encoding. */
export function codeInHash(hash: string): string {
  try {
    return decodeURIComponent(hash.slice(1));
  } catch {
    return '';
  }
}

const BROWSERS: [RegExp, string][] = [
  [/Firefox|FxiOS/, 'Firefox'],
  [/Edg/, 'Edge'],
  [/Chrome|CriOS/, 'Chrome'],
  [/Safari/, 'Safari'],
];
const SYSTEMS: [RegExp, string][] = [
  [/iPhone/, 'iPhone'],
  [/iPad/, 'iPad'],
  [/Android/, 'Android'],
  [/Mac OS/, 'Mac'],
  [/Windows/, 'Windows'],
  [/Linux/, 'Linux'],
];

/** A name to begin with: "Chrome on Android". */
export function nameOfBrowser(userAgent: string): string {
  const pick = (names: [RegExp, string][]) => names.find(([pattern]) => pattern.test(userAgent))?.[1];
  const [browser, system] = [pick(BROWSERS), pick(SYSTEMS)];
  return browser && system ? t.pair.browserOn(browser, system) : (browser ?? t.pair.browser);
}
