import { get, putDraft, remove, type Device, type Write } from '../device/port';
import { newId } from '../util/ids';

/** What the server takes. */
const MOST_FILES = 10;
const MOST_BYTES = 5_000_000;
const MOST_BYTES_TOGETHER = 10_000_000;

/** A file that is attached. Its content is kept beside it, under its id. */
export interface DraftFile {
  id: string;
  name: string;
  type: string;
  size: number;
}

/** Whom a message is for; null for the default. */
export interface Choice {
  agent: string | null;
  model: string | null;
}

export interface KeptDraft extends Choice {
  text: string;
  files: DraftFile[];
  /** Places in the workspace that were picked; those the text still names go with it. */
  paths: string[];
}

/** A choice alone is no message. */
export const hasText = (draft: KeptDraft | string) =>
  typeof draft === 'string' ? draft !== '' : draft.text.trim() !== '' || draft.files.length > 0;

export type Refusal = 'tooMany' | 'tooLarge' | 'tooLargeTogether';

/** A message that is being written. It is kept with each pause, so that it survives whatever ends the page. */
export class Draft {
  text = $state('');
  files: DraftFile[] = $state.raw([]);
  paths: string[] = $state.raw([]);
  /** Whom it is for, and the messages after it; null for the default. */
  agent: string | null = $state(null);
  model: string | null = $state(null);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isTouched = false;

  constructor(
    private readonly device: Device,
    private readonly key: string,
  ) {}

  async open(): Promise<void> {
    const kept = await get(this.device, 'drafts', this.key);
    // Who has begun to type meanwhile is not overwritten.
    if (this.#isTouched || !kept) return;
    if (typeof kept === 'string') this.text = kept;
    else Object.assign(this, kept);
  }

  write(text: string): void {
    this.text = text;
    this.#touch();
  }

  append(words: string): void {
    this.write(this.text.trim() ? `${this.text.trimEnd()}\n\n${words}` : words);
  }

  choose(choice: Partial<Choice>): void {
    Object.assign(this, choice);
    this.#touch();
  }

  get choice(): Choice {
    return { agent: this.agent, model: this.model };
  }

  pointAt(path: string): void {
    this.paths = [...this.paths.filter((other) => other !== path), path];
    this.#touch();
  }

  /** What was picked and is still named. */
  get named(): string[] {
    return this.paths.filter((path) => isNamed(this.text, path));
  }

  /** Keeps a file with the draft, or says why not. */
  async attach(file: File): Promise<Refusal | null> {
    const together = this.files.reduce((sum, { size }) => sum + size, file.size);
    if (this.files.length >= MOST_FILES) return 'tooMany';
    if (file.size > MOST_BYTES) return 'tooLarge';
    if (together > MOST_BYTES_TOGETHER) return 'tooLargeTogether';
    const kept = { id: newId(), name: file.name, type: file.type, size: file.size };
    await this.device.keepFile(kept.id, await file.arrayBuffer());
    this.files = [...this.files, kept];
    this.#isTouched = true;
    await this.keep();
    return null;
  }

  async detach(id: string): Promise<void> {
    this.files = this.files.filter((file) => file.id !== id);
    this.#isTouched = true;
    await this.#write(remove('files', id));
  }

  /**
   * Makes an order of what is written: `keep` writes it together with what is left of this draft, so that the text is in one
   * of them whenever the page dies. What is written meanwhile is another message. It is back where nothing was kept.
   */
  async handOver<T>(keep: (left: Write) => Promise<T>): Promise<T> {
    const { text, files, paths } = this;
    // At once: whatever writes the draft next must not bring it back.
    Object.assign(this, { text: '', files: [], paths: [] });
    try {
      return await keep(this.#row);
    } catch (error) {
      this.files = [...files, ...this.files];
      this.paths = [...paths, ...this.paths];
      this.write([text, this.text].filter(Boolean).join('\n\n'));
      throw error;
    }
  }

  async keep(): Promise<void> {
    await this.#write();
  }

  /** As it is now, and what changes with it. */
  async #write(...more: Write[]): Promise<void> {
    clearTimeout(this.#timer);
    await this.device.write([this.#row, ...more]);
  }

  get #row(): Write {
    const { text, files, paths, agent, model } = this;
    const isEmpty = !text && files.length === 0 && !agent && !model;
    return isEmpty ? remove('drafts', this.key) : putDraft(this.key, { text, files, paths, agent, model });
  }

  #touch(): void {
    this.#isTouched = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.keep(), 300);
  }
}

/** Whether the text has the path behind an `@`, be it that a sentence ends there. */
function isNamed(text: string, path: string): boolean {
  const words = `@${path}`;
  for (let at = text.indexOf(words); at >= 0; at = text.indexOf(words, at + 1)) {
    const isBegun = at === 0 || /\s/.test(text.charAt(at - 1));
    if (isBegun && /^[.,;:!?)\]}'"]*(\s|$)/.test(text.slice(at + words.length))) return true;
  }
  return false;
}
