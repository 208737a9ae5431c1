import adapter from '@sveltejs/adapter-static';

/** @type {import('@sveltejs/kit').Config} */
export default {
  compilerOptions: { runes: true },
  kit: {
    // One page for every address: the server sends it for all of them.
    adapter: adapter({ pages: 'dist', assets: 'dist', fallback: 'index.html', precompress: true }),
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
        'connect-src': ['self'],
        'manifest-src': ['self'],
        'worker-src': ['self'],
      },
    },
    // The same sources make the same files.
    version: { name: process.env.npm_package_version },
    typescript: {
      config: (config) => ({ ...config, include: [...config.include, '../*.mjs', '../*.js', '../e2e/**/*.ts'] }),
    },
  },
};
