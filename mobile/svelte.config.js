import adapter from '@sveltejs/adapter-static';

// "tauri build" says so to the commands that it runs. The app has its files inside of the program: nothing is compressed
// twice or cached, and its server is asked by the Rust side.
const isApp = Boolean(process.env.TAURI_ENV_PLATFORM);
const out = isApp ? 'src-tauri/web' : 'dist';

/** @type {import('@sveltejs/kit').Config} */
export default {
  compilerOptions: { runes: true },
  kit: {
    // One page for every address: the server sends it for all of them.
    adapter: adapter({ pages: out, assets: out, fallback: 'index.html', precompress: !isApp }),
    prerender: { entries: [] },
    // One file of each kind: a start waits for no second round of files. Colours for code are apart, in a worker.
    output: { bundleStrategy: 'single' },
    // The page itself names the hash of its one inline script. The server's header holds what a page cannot say.
    csp: {
      mode: 'hash',
      directives: {
        'default-src': ['none'],
        'script-src': ['self'],
        'style-src': ['self'],
        // How SvelteKit hides what it says to screen readers. server/src/http/web_app.rs allows the same.
        'style-src-attr': ['unsafe-hashes', 'sha256-S8qMpvofolR8Mpjy4kQvEm7m1q8clzU4dfDH0AmvZjo='],
        'img-src': ['self', 'data:'],
        'connect-src': isApp ? ['ipc:', 'http://ipc.localhost'] : ['self'],
        'manifest-src': ['self'],
        'worker-src': ['self'],
      },
    },
    serviceWorker: { register: !isApp },
    // The same sources make the same files.
    version: { name: process.env.npm_package_version },
    typescript: {
      config: (config) => ({
        ...config,
        include: [...config.include, '../*.mjs', '../*.js', '../e2e/**/*.ts', '../e2e-app/**/*.ts'],
      }),
    },
  },
};
