import type { App } from '../../app.svelte';
import type { Decision } from '../../api';
import type { DecisionAnswerInput } from '../../api/generated';

/** A tap this soon after a card slid under the thumb was not meant for it. */
const TOO_SOON = 400;

/** What is being decided about one decision, from the outbox, and the way to decide. */
export class Deciding {
  readonly #arrived = performance.now();
  readonly entry = $derived.by(() => this.app.outbox.decisionEntry(this.decision().id));
  readonly isUnderWay = $derived(this.entry !== undefined && this.entry.state !== 'failed');
  readonly problem = $derived(this.entry?.state === 'failed' ? this.entry.error : null);

  constructor(
    private readonly app: App,
    private readonly decision: () => Decision,
  ) {}

  get isRejecting(): boolean {
    return (
      this.entry?.order.answer.permission?.reply === 'REJECT' || this.entry?.order.answer.question?.reject === true
    );
  }

  async decide(answer: DecisionAnswerInput, about: string): Promise<void> {
    if (performance.now() - this.#arrived < TOO_SOON || this.isUnderWay) return;
    const decision = this.decision();
    if (this.entry) await this.app.outbox.takeBack(this.entry.id);
    await this.app.outbox.add({ kind: 'decide', project: decision.project.id, decision: decision.id, answer, about });
  }
}
