import type { PairingTarget } from '../access';
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

/** A pasted link for the app, which knows no server of its own: the Rust side reads it, and here it is looked at. */
export function linkOf(pasted: string): PairingTarget | { problem: string } {
  const key = pasted.trim();
  if (!key) return { problem: t.pair.emptyLink };
  const link = URL.canParse(key) ? new URL(key) : null;
  const address = link?.protocol === 'pcc:' ? link.searchParams.get('server') : link?.origin;
  const server = address && URL.canParse(address) ? new URL(address) : null;
  if (!server || !codeInHash(link?.hash ?? '')) return { problem: t.pair.emptyLink };
  const isExposed = server.protocol === 'http:' && !/^(localhost|127(\.\d+){3}|\[::1\])$/.test(server.hostname);
  return { key, exposedTo: isExposed ? server.host : null };
}

/** A link that opens the app, of one that opens this page: src-tauri/src/links.rs. */
export function appLink(server: string, code: string): string {
  return `pcc://pair?server=${encodeURIComponent(server)}#${encodeURIComponent(code)}`;
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

const pick = (names: [RegExp, string][], userAgent: string) => names.find(([pattern]) => pattern.test(userAgent))?.[1];

/** A name to begin with: "Chrome on Android". */
export function nameOfBrowser(userAgent: string): string {
  const [browser, system] = [pick(BROWSERS, userAgent), pick(SYSTEMS, userAgent)];
  return browser && system ? t.pair.browserOn(browser, system) : (browser ?? t.pair.browser);
}

/** The same for the app. */
export function nameOfApp(userAgent: string): string {
  const system = pick(SYSTEMS, userAgent);
  return system ? t.pair.browserOn(t.pair.theApp, system) : t.pair.theApp;
}
