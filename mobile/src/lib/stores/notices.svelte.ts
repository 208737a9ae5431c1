const SHOWN_FOR = 5_000;

/** One sentence at a time, above the dock, for what has left the screen. */
export class Notices {
  current: string | null = $state(null);
  #timer: ReturnType<typeof setTimeout> | undefined;

  say(text: string): void {
    clearTimeout(this.#timer);
    this.current = text;
    this.#timer = setTimeout(() => (this.current = null), SHOWN_FOR);
  }

  /** What was asked for has failed, and changed nothing. */
  failed(error: unknown): void {
    this.say(error instanceof Error ? error.message : String(error));
  }
}
