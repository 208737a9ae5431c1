// Addresses of repositories, as people have them at hand.

const OWNER = '[a-z\\d](?:[a-z\\d-]*[a-z\\d])?';
const NAME = '[\\w.-]+?';
/** "owner/name", and whatever stands in a browser's address bar or behind "git clone" there. */
const ON_GITHUB = new RegExp(
  `^(?:(?:(?:https?|ssh|git)://)?(?:[^@/\\s]+@)?(?:www\\.)?github\\.com[/:])(${OWNER})/(${NAME})(?:\\.git)?(?:[/?#].*)?$`,
  'i',
);
const SHORT = new RegExp(`^(${OWNER})/(${NAME})(?:\\.git)?$`, 'i');

/** The address to clone from; null while it is none. */
export function cloneAddress(text: string): string | null {
  const address = text.trim();
  const [, owner, name] = ON_GITHUB.exec(address) ?? SHORT.exec(address) ?? [];
  if (owner && name && !/^\.+$/.test(name)) return `https://github.com/${owner}/${name}.git`;
  return /^[a-z+]+:\/\/\S+$/i.test(address) ? address : null;
}

/** The name of what lies there. */
export function repositoryName(address: string): string {
  const path = address.replace(/\/+$/, '').replace(/\.git$/, '');
  return path.split('/').at(-1) ?? '';
}
