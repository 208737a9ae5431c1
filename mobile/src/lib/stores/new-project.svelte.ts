import type { DecisionMode } from '../api/generated';
import { putValue, remove, value, type Device, type Write } from '../device/port';
import type { Choice } from './draft.svelte';

export type Source = 'empty' | 'git' | 'github';

export interface KeptNewProject extends Choice {
  source: Source;
  url: string;
  /** A repository that was picked at GitHub: its name and its address. */
  picked: { fullName: string; cloneUrl: string } | null;
  name: string;
  /** The name is a person's, and not that of the repository. */
  isNamed: boolean;
  mode: DecisionMode;
  first: string;
}

const BLANK: KeptNewProject = {
  source: 'empty',
  url: '',
  picked: null,
  name: '',
  isNamed: false,
  mode: 'ASK',
  first: '',
  agent: null,
  model: null,
};
const PAUSE = 300;

/** What is typed on the screen for a new project: it survives a way to GitHub and back, and the page. */
export class NewProject {
  /** Replaced, never changed. */
  form: KeptNewProject = $state.raw(BLANK);
  #isOpen = false;
  #isOrdered = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly device: Device) {}

  async open(): Promise<void> {
    if (this.#isOpen) return;
    this.#isOpen = true;
    const kept = await value(this.device, 'newProject');
    // Who has begun to type meanwhile is not overwritten.
    if (kept && this.form === BLANK) this.form = { ...BLANK, ...kept };
  }

  change(change: Partial<KeptNewProject>): void {
    this.form = { ...this.form, ...change };
    this.#isOrdered = false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.keep(), PAUSE);
  }

  async keep(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#isOpen) await this.device.write([this.#row]);
  }

  /** To be written with the order that it becomes: it is kept in one of them, and still shown. */
  ordered(): Write {
    clearTimeout(this.#timer);
    this.#isOrdered = true;
    return this.#row;
  }

  /** For the next one. */
  clear(): void {
    this.form = BLANK;
  }

  get #row(): Write {
    const isKept = this.form !== BLANK && !this.#isOrdered;
    return isKept ? putValue('newProject', this.form) : remove('values', 'newProject');
  }
}
