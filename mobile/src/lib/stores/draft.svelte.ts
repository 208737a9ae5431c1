import type { Device } from '../device/database';

/** A message that is being written. It is kept with each pause, so that it survives whatever ends the page. */
export class Draft {
  text = $state('');
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isTouched = false;

  constructor(
    private readonly device: Device,
    private readonly key: string,
  ) {}

  async open(): Promise<void> {
    const kept = await this.device.get('drafts', this.key);
    // Who has begun to type meanwhile is not overwritten.
    if (!this.#isTouched && kept) this.text = kept;
  }

  write(text: string): void {
    this.#isTouched = true;
    this.text = text;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.keep(), 300);
  }

  append(words: string): void {
    this.write(this.text.trim() ? `${this.text.trimEnd()}\n\n${words}` : words);
  }

  async keep(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.text) await this.device.put('drafts', this.text, this.key);
    else await this.device.delete('drafts', this.key);
  }
}
