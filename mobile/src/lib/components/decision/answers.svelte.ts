import type { Question } from '../../api';

export type Prompt = Question['prompts'][number];

/** The answers to one question's prompts, as they are being given. */
export class Answers {
  index = $state(0);
  readonly #chosen: string[][] = $state([]);
  readonly #own: string[] = $state([]);
  readonly #isOwn: boolean[] = $state([]);

  constructor(private readonly prompts: Prompt[]) {
    this.#chosen = prompts.map(() => []);
    this.#own = prompts.map(() => '');
    this.#isOwn = prompts.map(() => false);
  }

  get prompt(): Prompt {
    return this.prompts[this.index] as Prompt;
  }

  get isLast(): boolean {
    return this.index === this.prompts.length - 1;
  }

  isChosen(label: string): boolean {
    return this.#chosen[this.index]?.includes(label) ?? false;
  }

  get isOwn(): boolean {
    return this.#isOwn[this.index] ?? false;
  }

  get own(): string {
    return this.#own[this.index] ?? '';
  }

  set own(text: string) {
    this.#own[this.index] = text;
  }

  choose(label: string): void {
    const before = this.#chosen[this.index] ?? [];
    if (!this.prompt.isMultiple) {
      this.#chosen[this.index] = [label];
      this.#isOwn[this.index] = false;
    } else if (before.includes(label)) {
      this.#chosen[this.index] = before.filter((other) => other !== label);
    } else {
      this.#chosen[this.index] = [...before, label];
    }
  }

  chooseOwn(): void {
    if (this.prompt.isMultiple) {
      this.#isOwn[this.index] = !this.isOwn;
    } else {
      this.#isOwn[this.index] = true;
      this.#chosen[this.index] = [];
    }
  }

  /** What this prompt is answered with, in the order of its options. */
  answer(index: number): string[] {
    const labels = (this.prompts[index]?.options ?? []).map((option) => option.label);
    const chosen = labels.filter((label) => this.#chosen[index]?.includes(label));
    const own = this.#isOwn[index] ? (this.#own[index]?.trim() ?? '') : '';
    return own ? [...chosen, own] : chosen;
  }

  get isAnswered(): boolean {
    return this.answer(this.index).length > 0;
  }

  get all(): string[][] {
    return this.prompts.map((_, index) => this.answer(index));
  }
}
