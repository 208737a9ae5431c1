import { ask, type Agent, type Command, type Model, type Transport } from '../api';
import { AgentsDocument, CommandsDocument, ModelsDocument } from '../api/generated';

/** What the messages of one project can be asked with. Each list is empty until it is known; the last one stays. */
export class Choices {
  agents: Agent[] = $state.raw([]);
  models: Model[] = $state.raw([]);
  commands: Command[] = $state.raw([]);

  constructor(
    private readonly transport: Transport,
    private readonly project: string,
  ) {}

  /** One list that cannot be had says nothing of the others, and there is nothing a reader could do about it. */
  async load(): Promise<void> {
    const by = { id: this.project };
    const quietly = () => null;
    const [agents, models, commands] = await Promise.all([
      ask(this.transport, AgentsDocument, { by }).catch(quietly),
      ask(this.transport, ModelsDocument, { by }).catch(quietly),
      ask(this.transport, CommandsDocument, { by }).catch(quietly),
    ]);
    this.agents = agents?.project?.agents ?? this.agents;
    this.models = models?.project?.models ?? this.models;
    this.commands = commands?.project?.commands ?? this.commands;
  }
}
