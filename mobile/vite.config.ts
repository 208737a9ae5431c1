import { sveltekit } from '@sveltejs/kit/vite';
import { svelteTesting } from '@testing-library/svelte/vite';
import { defineConfig } from 'vitest/config';

// For "npm run dev": a server of this project that runs already.
const server = process.env.PCC_SERVER ?? 'http://127.0.0.1:3001';

export default defineConfig({
  plugins: [sveltekit(), svelteTesting()],
  server: { proxy: { '/graphql': { target: server, ws: true, changeOrigin: true } } },
  build: { target: 'es2022' },
  // Each language is a file of its own there too.
  worker: { format: 'es' },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.ts'],
    setupFiles: ['src/test/setup.ts'],
    restoreMocks: true,
  },
});
