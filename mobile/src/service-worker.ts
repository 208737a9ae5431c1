/// <reference types="@sveltejs/kit" />
/// <reference no-default-lib="true"/>
/// <reference lib="esnext" />
/// <reference lib="webworker" />
// The app's own files, so that it opens without a network. What the server says is kept elsewhere, by the app itself.
import { build, files } from '$service-worker';

const worker = self as unknown as ServiceWorkerGlobalScope;
/** Another one for each build: names of files have hashes in them. */
const CACHE = `app-${digest(build.join())}`;
const PAGE = '/';
const ALL = [PAGE, ...build, ...files.filter((path) => path.startsWith('/icons/'))];

/** Where the browser can: files are taken from the cache without waking this worker first, which would take longer. */
interface Routing {
  addRoutes?(routes: { condition: { urlPattern: URLPattern }; source: { cacheName: string } }[]): Promise<void>;
}

worker.addEventListener('install', (event) => {
  const { addRoutes } = event as Routing;
  event.waitUntil(
    Promise.all([
      caches.open(CACHE).then((cache) => cache.addAll(ALL)),
      addRoutes?.call(
        event,
        ['/', '/_app/immutable/*'].map((pathname) => ({
          condition: { urlPattern: new URLPattern({ pathname, baseURL: worker.location.origin }) },
          source: { cacheName: CACHE },
        })),
      ),
    ]),
  );
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
  return /^\/($|pair|new|servers|settings|usage|projects\/)/.test(path);
}

/** The page that belongs to the files kept beside it. A newer one comes with its own worker. */
async function page(request: Request): Promise<Response> {
  const kept = await caches.match(PAGE, { cacheName: CACHE });
  return kept ?? fetch(request);
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

function digest(text: string): string {
  let hash = 0;
  for (let index = 0; index < text.length; index += 1) hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0;
  return (hash >>> 0).toString(36);
}
