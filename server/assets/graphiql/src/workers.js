// The editor starts its workers from files of our own: the page's policy allows no others. Imported first, because the
// editor looks for this as soon as it is loaded.
globalThis.MonacoEnvironment = {
  getWorker(_id, label) {
    return new Worker(WORKER_URLS[label] ?? WORKER_URLS.editor, { name: label });
  },
};
