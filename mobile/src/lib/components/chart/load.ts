// The chart library is no part of the app's one file: whoever looks at no chart does not load it.
import type uPlot from 'uplot';
import url from 'uplot/dist/uPlot.esm.js?url';

let loading: Promise<typeof uPlot> | undefined;

export function loadCharts(): Promise<typeof uPlot> {
  loading ??= import(/* @vite-ignore */ url).then(
    (module: { default: typeof uPlot }) => module.default,
    (error: unknown) => {
      // The next chart tries again.
      loading = undefined;
      throw error;
    },
  );
  return loading;
}
