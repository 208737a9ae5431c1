/** At the latest then, since nothing is drawn for a page that is not seen. */
const LATEST = 100;

/** Runs it before the next frame is drawn; what is returned makes that unnecessary. */
export function beforeNextFrame(work: () => void): () => void {
  const stop = () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
  };
  const run = () => {
    stop();
    work();
  };
  const frame = requestAnimationFrame(run);
  const timer = setTimeout(run, LATEST);
  return stop;
}
