/// <reference types="@sveltejs/kit" />
/// <reference no-default-lib="true"/>
/// <reference lib="esnext" />
/// <reference lib="webworker" />
// The app's own files, so that it opens without a network. What the server says is kept elsewhere, by the app itself.
import { build, files, version } from '$service-worker';

const worker = self as unknown as ServiceWorkerGlobalScope;
const CACHE = `app-${version}-${build.length}`;
const PAGE = '/';
const ALL = [PAGE, ...build, ...files.filter((path) => path.startsWith('/icons/'))];

worker.addEventListener('install', (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(ALL)));
});

worker.addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name))))
      .then(() => worker.clients.claim()),
  );
});

worker.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== worker.location.origin) return;
  if (event.request.mode === 'navigate') {
    if (isScreen(url.pathname)) event.respondWith(page(event.request));
  } else if (url.pathname.startsWith('/_app/immutable/') || url.pathname.startsWith('/icons/')) {
    event.respondWith(asset(event.request));
  }
});

function isScreen(path: string): boolean {
  return /^\/($|pair|new|servers|settings|projects\/)/.test(path);
}

/** The newest page where there is a network; the kept one otherwise. */
async function page(request: Request): Promise<Response> {
  try {
    const response = await fetch(request);
    if (response.ok) return response;
  } catch {
    // No network.
  }
  return (await caches.match(PAGE)) ?? Response.error();
}

/** Its name says what is in it: kept is as good as new. */
async function asset(request: Request): Promise<Response> {
  const kept = await caches.match(request);
  if (kept) return kept;
  const response = await fetch(request);
  if (response.ok) {
    const copy = response.clone();
    const cache = await caches.open(CACHE);
    await cache.put(request, copy);
  }
  return response;
}
