// Addresses of repositories, as people have them at hand.

const OWNER = '[a-z\\d](?:[a-z\\d-]*[a-z\\d])?';
const NAME = '[\\w.-]+?';
/** "owner/name", and whatever stands in a browser's address bar or behind "git clone" there. */
const ON_GITHUB = new RegExp(
  `^(?:(?:(?:https?|ssh|git)://)?(?:[^@/\\s]+@)?(?:www\\.)?github\\.com[/:])(${OWNER})/(${NAME})(?:\\.git)?(?:[/?#].*)?$`,
  'i',
);
const SHORT = new RegExp(`^(${OWNER})/(${NAME})(?:\\.git)?$`, 'i');

const GITHUB = 'https://github.com';

/** The address to clone from; null while it is none. `github` is what is GitHub to the server: a company may have its own. */
export function cloneAddress(text: string, github = GITHUB): string | null {
  const address = text.trim();
  const known = ON_GITHUB.exec(address);
  const [, owner, name] = known ?? SHORT.exec(address) ?? [];
  const site = known ? GITHUB : github.replace(/\/$/, '');
  if (owner && name && !/^\.+$/.test(name)) return `${site}/${owner}/${name}.git`;
  return /^[a-z+]+:\/\/\S+$/i.test(address) ? address : null;
}

/** The name of what lies there. */
export function repositoryName(address: string): string {
  const path = address.replace(/\/+$/, '').replace(/\.git$/, '');
  return path.split('/').at(-1) ?? '';
}
