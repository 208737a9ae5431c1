// Where the token comes from and where it stays.
import { holds, redeem } from './api.js';

const KEY = 'pcc:token';

export function forget() {
  localStorage.removeItem(KEY);
}

/** A pairing link has its code behind the `#`; anything else is taken for a token. */
export async function signIn(pasted) {
  const text = pasted.trim();
  const at = text.indexOf('#');
  const token = at >= 0 ? await redeem(decodeURIComponent(text.slice(at + 1))) : text;
  if (!(await holds(token))) {
    throw new Error('The server does not know this token.');
  }
  localStorage.setItem(KEY, token);
  return token;
}

/** At the start: the code in the address, else the token that was kept. */
export async function resume() {
  const code = location.hash.slice(1);
  if (code) {
    // A code works once and belongs in no history.
    history.replaceState(null, '', location.pathname + location.search);
    return signIn(`#${code}`);
  }
  const token = localStorage.getItem(KEY);
  if (token && !(await holds(token))) {
    forget();
    throw new Error('The token that was kept here does not hold any more.');
  }
  return token;
}
