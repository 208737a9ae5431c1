// The generated types by the names that the app uses.
import type {
  AgentFieldsFragment,
  ChangedFileFieldsFragment,
  CommandFieldsFragment,
  DecisionFieldsFragment,
  DeviceFieldsFragment,
  EventsSubscription,
  FileDiffFieldsFragment,
  GithubAccountFieldsFragment,
  GithubLoginFieldsFragment,
  GithubQuery,
  GithubRepositoryFieldsFragment,
  HomeQuery,
  MessageFieldsFragment,
  ModelFieldsFragment,
  OperationFieldsFragment,
  PartFieldsFragment,
  ProjectFieldsFragment,
  ServerFieldsFragment,
  SessionFieldsFragment,
  SessionStreamSubscription,
  TodoFieldsFragment,
  UsageFieldsFragment,
} from './generated';

export type Project = ProjectFieldsFragment;
export type Operation = OperationFieldsFragment;
export type Session = SessionFieldsFragment;
export type Agent = AgentFieldsFragment;
export type Model = ModelFieldsFragment;
export type Command = CommandFieldsFragment;
export type Todo = TodoFieldsFragment;
export type Message = MessageFieldsFragment;
export type Part = PartFieldsFragment;
export type Decision = DecisionFieldsFragment;
export type PermissionRequest = Extract<Decision, { __typename: 'PermissionRequest' }>;
export type Question = Extract<Decision, { __typename: 'Question' }>;
export type ToolPart = Extract<Part, { __typename: 'ToolPart' }>;
export type FilePart = Extract<Part, { __typename: 'FilePart' }>;
export type TextPart = Extract<Part, { __typename: 'TextPart' }>;
export type UsageSum = UsageFieldsFragment;
export type Server = ServerFieldsFragment;
export type GithubAccount = GithubAccountFieldsFragment;
export type GithubLogin = GithubLoginFieldsFragment;
export type GithubRepository = GithubRepositoryFieldsFragment;
export type GithubSetup = GithubQuery['githubSetup'];
export type Device = DeviceFieldsFragment;
export type Viewer = HomeQuery['viewer'];
export type Event = EventsSubscription['events'];
export type Change = Event['change'];
export type StreamItem = SessionStreamSubscription['sessionStream'];
export type ChangedFile = ChangedFileFieldsFragment;
export type FileDiff = FileDiffFieldsFragment;
export type DiffHunk = FileDiff['hunks'][number];
export type DiffLine = DiffHunk['lines'][number];
