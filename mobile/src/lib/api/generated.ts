// Generated from schema.graphql and client/operations by "npm run generate".
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
export type Maybe<T> = T | null;
export type InputMaybe<T> = Maybe<T>;
export type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
export type MakeOptional<T, K extends keyof T> = Omit<T, K> & { [SubKey in K]?: Maybe<T[SubKey]> };
export type MakeMaybe<T, K extends keyof T> = Omit<T, K> & { [SubKey in K]: Maybe<T[SubKey]> };
export type MakeEmpty<T extends { [key: string]: unknown }, K extends keyof T> = { [_ in K]?: never };
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string };
  String: { input: string; output: string };
  Boolean: { input: boolean; output: boolean };
  Int: { input: number; output: number };
  Float: { input: number; output: number };
  Cursor: { input: string; output: string };
  DateTime: { input: string; output: string };
  JSON: { input: unknown; output: unknown };
};

export type AbortSessionInput = {
  clientMutationId?: InputMaybe<Scalars['ID']['input']>;
  id: Scalars['ID']['input'];
};

export type ActorKind = 'AGENT' | 'DEVICE' | 'SERVER';

export type AgentMode = 'ALL' | 'PRIMARY' | 'SUBAGENT';

export type ArchiveSessionInput = {
  clientMutationId?: InputMaybe<Scalars['ID']['input']>;
  id: Scalars['ID']['input'];
};

export type BeginGithubLoginInput = {
  clientMutationId?: InputMaybe<Scalars['ID']['input']>;
};

export type BeginPairingInput = {
  name?: InputMaybe<Scalars['String']['input']>;
  scopes: Array<Scope>;
};

export type CancelGithubLoginInput = {
  clientMutationId?: InputMaybe<Scalars['ID']['input']>;
  id: Scalars['ID']['input'];
};

export type CancelOperationInput = {
  clientMutationId?: InputMaybe<Scalars['ID']['input']>;
  id: Scalars['ID']['input'];
};

export type CancelPromptInput = {
  clientMutationId?: InputMaybe<Scalars['ID']['input']>;
  id: Scalars['ID']['input'];
};

export type ChangeKind =
  | 'DECISION_CLOSED'
  | 'DECISION_REQUESTED'
  | 'DEVICE_CHANGED'
  | 'GITHUB_ACCOUNT_CHANGED'
  | 'MESSAGE_CHANGED'
  | 'OPERATION_PROGRESSED'
  | 'PROJECT_CHANGED'
  | 'PROJECT_DELETED'
  | 'SESSION_CHANGED'
  | 'SESSION_DELETED'
  | 'TODOS_CHANGED';

export type CommandSource = 'COMMAND' | 'MCP' | 'SKILL';

export type CommitChangesInput = {
  clientMutationId?: InputMaybe<Scalars['ID']['input']>;
  message: Scalars['String']['input'];
  paths?: InputMaybe<Array<Scalars['String']['input']>>;
  project: Scalars['ID']['input'];
  push?: Scalars['Boolean']['input'];
};

export type ConnectGithubInput = {
  clientMutationId?: InputMaybe<Scalars['ID']['input']>;
  token: Scalars['String']['input'];
};

export type ContainerHealth = 'HEALTHY' | 'NONE' | 'STARTING' | 'UNHEALTHY' | 'UNKNOWN';

export type ContainerState = 'ABSENT' | 'EXITED' | 'RUNNING' | 'STOPPED' | 'UNKNOWN';

export type ContinueSessionInput = {
  clientMutationId?: InputMaybe<Scalars['ID']['input']>;
  id: Scalars['ID']['input'];
};

export type CreateBranchInput = {
  clientMutationId?: InputMaybe<Scalars['ID']['input']>;
  name: Scalars['String']['input'];
  project: Scalars['ID']['input'];
};

export type CreateProjectInput = {
  clientMutationId?: InputMaybe<Scalars['ID']['input']>;
  decisionPolicy?: InputMaybe<DecisionPolicyInput>;
  description?: InputMaybe<Scalars['String']['input']>;
  name: Scalars['String']['input'];
  slug?: InputMaybe<Scalars['String']['input']>;
  source: ProjectSourceInput;
};

export type CreateSessionInput = {
  clientMutationId?: InputMaybe<Scalars['ID']['input']>;
  project: Scalars['ID']['input'];
  title?: InputMaybe<Scalars['String']['input']>;
};

export type DecideInput = {
  answer: DecisionAnswerInput;
  clientMutationId?: InputMaybe<Scalars['ID']['input']>;
  id: Scalars['ID']['input'];
};

export type DecisionAnswerInput =
  { permission: PermissionAnswerInput; question?: never } | { permission?: never; question: QuestionAnswerInput };

export type DecisionEffect = 'ALLOW' | 'DENY';

export type DecisionMode = 'ALLOW_ALL' | 'ALLOW_EDITS' | 'ALLOW_READS' | 'ASK';

export type DecisionPolicyInput = {
  mode: DecisionMode;
  rules?: Array<DecisionRuleInput>;
  waitSeconds?: InputMaybe<Scalars['Int']['input']>;
};

export type DecisionRuleInput = {
  effect: DecisionEffect;
  pattern: Scalars['String']['input'];
  tool?: InputMaybe<Scalars['String']['input']>;
};

export type DecisionState = 'DECIDED' | 'EXPIRED' | 'PENDING' | 'WITHDRAWN';

export type DeleteFileInput = {
  clientMutationId?: InputMaybe<Scalars['ID']['input']>;
  expectedVersion: Scalars['String']['input'];
  path: Scalars['String']['input'];
  project: Scalars['ID']['input'];
};

export type DeleteProjectInput = {
  clientMutationId?: InputMaybe<Scalars['ID']['input']>;
  id: Scalars['ID']['input'];
  repository: RepositoryFate;
};

export type DeleteSessionInput = {
  clientMutationId?: InputMaybe<Scalars['ID']['input']>;
  id: Scalars['ID']['input'];
};

export type DeliveryState = 'CONSUMED' | 'FAILED' | 'QUEUED' | 'SENT' | 'UNKNOWN';

export type DiffLineKind = 'ADDED' | 'CONTEXT' | 'REMOVED';

export type DiffShown = 'BINARY' | 'GENERATED' | 'LINK' | 'SUBMODULE' | 'TEXT' | 'TOO_LARGE';

export type DiscardChangesInput = {
  clientMutationId?: InputMaybe<Scalars['ID']['input']>;
  paths: Array<Scalars['String']['input']>;
  project: Scalars['ID']['input'];
};

export type DisconnectGithubInput = {
  clientMutationId?: InputMaybe<Scalars['ID']['input']>;
};

export type ErrorCode =
  | 'BAD_REQUEST'
  | 'CONFLICT'
  | 'FORBIDDEN'
  | 'IDEMPOTENCY_MISMATCH'
  | 'INTERNAL'
  | 'INVALID_INPUT'
  | 'LIMIT_EXCEEDED'
  | 'NOT_FOUND'
  | 'UNAUTHENTICATED'
  | 'UNAVAILABLE';

export type EventFilter = {
  kinds?: InputMaybe<Array<ChangeKind>>;
  projects?: InputMaybe<Array<Scalars['ID']['input']>>;
};

export type ExpectedFileInput =
  { absent: Scalars['Boolean']['input']; version?: never } | { absent?: never; version: Scalars['String']['input'] };

export type FileChange = 'ADDED' | 'CONFLICTED' | 'DELETED' | 'MODIFIED' | 'RENAMED' | 'TYPE_CHANGED' | 'UNTRACKED';

export type FileContent = 'BINARY' | 'TEXT' | 'TOO_LARGE';

export type ForgeKind = 'LOCAL';

export type ForkSessionInput = {
  before?: InputMaybe<Scalars['ID']['input']>;
  clientMutationId?: InputMaybe<Scalars['ID']['input']>;
  session: Scalars['ID']['input'];
  title?: InputMaybe<Scalars['String']['input']>;
};

export type GitSourceInput = {
  ref?: InputMaybe<Scalars['String']['input']>;
  url: Scalars['String']['input'];
};

export type GithubLoginState = 'APPROVED' | 'CANCELLED' | 'DENIED' | 'EXPIRED' | 'FAILED' | 'PENDING';

export type HostKind = 'PROCESS';

export type MessageRole = 'ASSISTANT' | 'USER';

export type MoveFileInput = {
  clientMutationId?: InputMaybe<Scalars['ID']['input']>;
  expectedVersion: Scalars['String']['input'];
  newPath: Scalars['String']['input'];
  path: Scalars['String']['input'];
  project: Scalars['ID']['input'];
};

export type OperationFilter = {
  project?: InputMaybe<Scalars['ID']['input']>;
  states?: InputMaybe<Array<OperationState>>;
};

export type OperationKind =
  | 'CREATE_PROJECT'
  | 'DELETE_PROJECT'
  | 'RESTART_PROJECT'
  | 'SLEEP_PROJECT'
  | 'START_PROJECT'
  | 'STOP_PROJECT'
  | 'WAKE_PROJECT';

export type OperationState = 'CANCELED' | 'FAILED' | 'PENDING' | 'RUNNING' | 'SUCCEEDED' | 'WAITING';

export type OperationStepName =
  'CONTAINER' | 'READY' | 'REMOVE_CONTAINER' | 'REMOVE_REPOSITORY' | 'REPOSITORY' | 'START' | 'STOP' | 'WORKSPACE';

export type OperationStepState = 'DONE' | 'FAILED' | 'PENDING' | 'RUNNING' | 'SKIPPED';

export type PermissionAnswerInput = {
  message?: InputMaybe<Scalars['String']['input']>;
  reply: PermissionReply;
};

export type PermissionReply = 'ALWAYS' | 'ONCE' | 'REJECT';

export type ProblemCode =
  | 'AGENT_DIED'
  | 'AGENT_HEAVY'
  | 'AGENT_SILENT'
  | 'EXHAUSTED'
  | 'GITHUB_LOGIN_REQUIRED'
  | 'INTERNAL'
  | 'LOGIN_REQUIRED'
  | 'MISSING_PROGRAM'
  | 'NAME_TAKEN'
  | 'NO_ROOM'
  | 'REJECTED'
  | 'UNAVAILABLE'
  | 'UNSUPPORTED_AGENT';

export type ProjectBy = { id: Scalars['ID']['input']; slug?: never } | { id?: never; slug: Scalars['String']['input'] };

export type ProjectFilter = {
  search?: InputMaybe<Scalars['String']['input']>;
  status?: InputMaybe<Array<ProjectStatus>>;
};

export type ProjectOrder = 'CREATED_AT_DESC' | 'NAME_ASC' | 'UPDATED_AT_DESC';

export type ProjectSourceInput =
  { empty: Scalars['Boolean']['input']; git?: never } | { empty?: never; git: GitSourceInput };

export type ProjectStatus =
  'CREATING' | 'DELETING' | 'ERROR' | 'RUNNING' | 'SLEEPING' | 'STARTING' | 'STOPPED' | 'STOPPING';

export type PromptPartInput =
  | { attachment: Scalars['ID']['input']; file?: never; text?: never }
  | { attachment?: never; file: Scalars['String']['input']; text?: never }
  | { attachment?: never; file?: never; text: Scalars['String']['input'] };

export type PushBranchInput = {
  clientMutationId?: InputMaybe<Scalars['ID']['input']>;
  project: Scalars['ID']['input'];
};

export type QuestionAnswerInput =
  | { answers: Array<Array<Scalars['String']['input']>>; reject?: never }
  | { answers?: never; reject: Scalars['Boolean']['input'] };

export type RedeemPairingInput = {
  code: Scalars['String']['input'];
  deviceName: Scalars['String']['input'];
};

export type RenameSessionInput = {
  clientMutationId?: InputMaybe<Scalars['ID']['input']>;
  id: Scalars['ID']['input'];
  title: Scalars['String']['input'];
};

export type RepositoryFate = 'DELETE' | 'KEEP';

export type ResourceUnit = 'BYTES' | 'CORES';

export type RestartProjectInput = {
  clientMutationId?: InputMaybe<Scalars['ID']['input']>;
  id: Scalars['ID']['input'];
};

export type ResyncReason = 'OTHER_LOG' | 'TOO_OLD';

export type RetryOperationInput = {
  clientMutationId?: InputMaybe<Scalars['ID']['input']>;
  id: Scalars['ID']['input'];
};

export type RetryPromptInput = {
  clientMutationId?: InputMaybe<Scalars['ID']['input']>;
  id: Scalars['ID']['input'];
};

export type RevertSessionInput = {
  clientMutationId?: InputMaybe<Scalars['ID']['input']>;
  message: Scalars['ID']['input'];
  session: Scalars['ID']['input'];
};

export type RevokeDeviceInput = {
  clientMutationId?: InputMaybe<Scalars['ID']['input']>;
  id: Scalars['ID']['input'];
};

export type Risk = 'DELETES' | 'NETWORK' | 'OUTSIDE' | 'READS' | 'UNKNOWN' | 'WRITES';

export type RunCommandInput = {
  agent?: InputMaybe<Scalars['String']['input']>;
  arguments?: Scalars['String']['input'];
  clientMutationId?: InputMaybe<Scalars['ID']['input']>;
  command: Scalars['String']['input'];
  files?: Array<PromptPartInput>;
  model?: InputMaybe<Scalars['String']['input']>;
  session: Scalars['ID']['input'];
  whenBusy?: InputMaybe<WhenBusy>;
};

export type Scope = 'ADMIN' | 'MANAGE' | 'READ' | 'STEER';

export type SearchCase = 'INSENSITIVE' | 'SENSITIVE' | 'SMART';

export type SendPromptInput = {
  agent?: InputMaybe<Scalars['String']['input']>;
  clientMutationId?: InputMaybe<Scalars['ID']['input']>;
  model?: InputMaybe<Scalars['String']['input']>;
  parts: Array<PromptPartInput>;
  session: Scalars['ID']['input'];
  whenBusy?: InputMaybe<WhenBusy>;
};

export type ServerStatus = 'OFFLINE' | 'ONLINE' | 'UNKNOWN';

export type SessionStatus = 'BUSY' | 'IDLE' | 'INTERRUPTED' | 'RETRYING';

export type SetDecisionPolicyInput = {
  clientMutationId?: InputMaybe<Scalars['ID']['input']>;
  mode: DecisionMode;
  project: Scalars['ID']['input'];
  rules?: Array<DecisionRuleInput>;
  waitSeconds?: InputMaybe<Scalars['Int']['input']>;
};

export type SetSleepSettingInput = {
  afterSeconds?: InputMaybe<Scalars['Int']['input']>;
  clientMutationId?: InputMaybe<Scalars['ID']['input']>;
  project: Scalars['ID']['input'];
};

export type SleepProjectInput = {
  clientMutationId?: InputMaybe<Scalars['ID']['input']>;
  id: Scalars['ID']['input'];
};

export type SleepReason = 'ASKED' | 'IDLE' | 'ROOM';

export type StartProjectInput = {
  clientMutationId?: InputMaybe<Scalars['ID']['input']>;
  id: Scalars['ID']['input'];
};

export type StepKind = 'FINISH' | 'START';

export type StopProjectInput = {
  clientMutationId?: InputMaybe<Scalars['ID']['input']>;
  id: Scalars['ID']['input'];
};

export type SummarizeSessionInput = {
  clientMutationId?: InputMaybe<Scalars['ID']['input']>;
  id: Scalars['ID']['input'];
};

export type TodoPriority = 'HIGH' | 'LOW' | 'MEDIUM';

export type TodoStatus = 'CANCELLED' | 'COMPLETED' | 'IN_PROGRESS' | 'PENDING';

export type ToolState = 'COMPLETED' | 'FAILED' | 'PENDING' | 'RUNNING';

export type TreeEntryKind = 'FILE' | 'FOLDER' | 'LINK' | 'SPECIAL';

export type UnarchiveSessionInput = {
  clientMutationId?: InputMaybe<Scalars['ID']['input']>;
  id: Scalars['ID']['input'];
};

export type UnrevertSessionInput = {
  clientMutationId?: InputMaybe<Scalars['ID']['input']>;
  id: Scalars['ID']['input'];
};

export type UpdateProjectInput = {
  clientMutationId?: InputMaybe<Scalars['ID']['input']>;
  description?: InputMaybe<Scalars['String']['input']>;
  id: Scalars['ID']['input'];
  name?: InputMaybe<Scalars['String']['input']>;
};

export type WakeProjectInput = {
  clientMutationId?: InputMaybe<Scalars['ID']['input']>;
  id: Scalars['ID']['input'];
};

export type WhenBusy = 'INTERRUPT' | 'QUEUE';

export type WithdrawnBecause = 'AGENT_ENDED' | 'SESSION_DELETED' | 'SETTLED_ELSEWHERE' | 'TURN_ENDED';

export type WriteFileInput = {
  clientMutationId?: InputMaybe<Scalars['ID']['input']>;
  expected: ExpectedFileInput;
  path: Scalars['String']['input'];
  project: Scalars['ID']['input'];
  text: Scalars['String']['input'];
};

export type ViewerQueryVariables = Exact<{ [key: string]: never }>;

export type ViewerQuery = {
  viewer: {
    scopes: Array<Scope>;
    serverVersion: string;
    device: {
      id: string;
      name: string;
      scopes: Array<Scope>;
      createdAt: string;
      lastSeenAt: string | null;
      isCurrent: boolean;
    };
  };
};

export type DevicesQueryVariables = Exact<{ [key: string]: never }>;

export type DevicesQuery = {
  devices: Array<{
    id: string;
    name: string;
    scopes: Array<Scope>;
    createdAt: string;
    lastSeenAt: string | null;
    isCurrent: boolean;
  }>;
};

export type BeginPairingMutationVariables = Exact<{
  input: BeginPairingInput;
}>;

export type BeginPairingMutation = { beginPairing: { pairing: { code: string; url: string; expiresAt: string } } };

export type RedeemPairingMutationVariables = Exact<{
  input: RedeemPairingInput;
}>;

export type RedeemPairingMutation = {
  redeemPairing: {
    token: string;
    installation: string;
    device: {
      id: string;
      name: string;
      scopes: Array<Scope>;
      createdAt: string;
      lastSeenAt: string | null;
      isCurrent: boolean;
    };
  };
};

export type RevokeDeviceMutationVariables = Exact<{
  input: RevokeDeviceInput;
}>;

export type RevokeDeviceMutation = {
  revokeDevice: {
    device: {
      id: string;
      name: string;
      scopes: Array<Scope>;
      createdAt: string;
      lastSeenAt: string | null;
      isCurrent: boolean;
    };
  };
};

export type AgentsQueryVariables = Exact<{
  by: ProjectBy;
}>;

export type AgentsQuery = {
  project: {
    agents: Array<{
      name: string;
      description: string | null;
      mode: AgentMode;
      model: string | null;
      isDefault: boolean;
    }> | null;
  } | null;
};

export type ModelsQueryVariables = Exact<{
  by: ProjectBy;
}>;

export type ModelsQuery = {
  project: {
    models: Array<{
      name: string;
      title: string;
      provider: string;
      contextTokens: number | null;
      outputTokens: number | null;
      inputCostUsd: number | null;
      outputCostUsd: number | null;
      reasons: boolean;
      readsImages: boolean;
      readsPdf: boolean;
      isDefault: boolean;
    }> | null;
  } | null;
};

export type CommandsQueryVariables = Exact<{
  by: ProjectBy;
}>;

export type CommandsQuery = {
  project: {
    commands: Array<{
      name: string;
      description: string | null;
      source: CommandSource;
      agent: string | null;
      model: string | null;
      isSubtask: boolean;
      arguments: Array<string>;
    }> | null;
  } | null;
};

export type DecisionsQueryVariables = Exact<{
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['String']['input']>;
  state?: InputMaybe<DecisionState>;
}>;

export type DecisionsQuery = {
  decisions: {
    nodes: Array<
      | {
          __typename: 'PermissionRequest';
          tool: string;
          patterns: Array<string>;
          command: string | null;
          path: string | null;
          url: string | null;
          diff: string | null;
          isDiffCut: boolean;
          always: Array<string>;
          alwaysScope: string | null;
          id: string;
          state: DecisionState;
          risks: Array<Risk>;
          createdAt: string;
          decidedAt: string | null;
          isByPolicy: boolean;
          withdrawnBecause: WithdrawnBecause | null;
          expiresAt: string | null;
          answer: { reply: PermissionReply; message: string | null } | null;
          project: { id: string; slug: string; name: string };
          session: { id: string; title: string } | null;
          rootSession: { id: string; title: string } | null;
          decidedBy: { id: string; name: string } | null;
        }
      | {
          __typename: 'Question';
          answers: Array<Array<string>> | null;
          id: string;
          state: DecisionState;
          risks: Array<Risk>;
          createdAt: string;
          decidedAt: string | null;
          isByPolicy: boolean;
          withdrawnBecause: WithdrawnBecause | null;
          expiresAt: string | null;
          prompts: Array<{
            question: string;
            header: string;
            isMultiple: boolean;
            isCustom: boolean;
            options: Array<{ label: string; description: string }>;
          }>;
          project: { id: string; slug: string; name: string };
          session: { id: string; title: string } | null;
          rootSession: { id: string; title: string } | null;
          decidedBy: { id: string; name: string } | null;
        }
    >;
    pageInfo: { endCursor: string | null; hasNextPage: boolean };
  };
};

export type SessionDecisionsQueryVariables = Exact<{
  session: Scalars['ID']['input'];
  state?: InputMaybe<DecisionState>;
}>;

export type SessionDecisionsQuery = {
  session: {
    decisions: {
      nodes: Array<
        | {
            __typename: 'PermissionRequest';
            tool: string;
            patterns: Array<string>;
            command: string | null;
            path: string | null;
            url: string | null;
            diff: string | null;
            isDiffCut: boolean;
            always: Array<string>;
            alwaysScope: string | null;
            id: string;
            state: DecisionState;
            risks: Array<Risk>;
            createdAt: string;
            decidedAt: string | null;
            isByPolicy: boolean;
            withdrawnBecause: WithdrawnBecause | null;
            expiresAt: string | null;
            answer: { reply: PermissionReply; message: string | null } | null;
            project: { id: string; slug: string; name: string };
            session: { id: string; title: string } | null;
            rootSession: { id: string; title: string } | null;
            decidedBy: { id: string; name: string } | null;
          }
        | {
            __typename: 'Question';
            answers: Array<Array<string>> | null;
            id: string;
            state: DecisionState;
            risks: Array<Risk>;
            createdAt: string;
            decidedAt: string | null;
            isByPolicy: boolean;
            withdrawnBecause: WithdrawnBecause | null;
            expiresAt: string | null;
            prompts: Array<{
              question: string;
              header: string;
              isMultiple: boolean;
              isCustom: boolean;
              options: Array<{ label: string; description: string }>;
            }>;
            project: { id: string; slug: string; name: string };
            session: { id: string; title: string } | null;
            rootSession: { id: string; title: string } | null;
            decidedBy: { id: string; name: string } | null;
          }
      >;
    };
  } | null;
};

export type DecisionByIdQueryVariables = Exact<{
  id: Scalars['ID']['input'];
}>;

export type DecisionByIdQuery = {
  decision:
    | {
        __typename: 'PermissionRequest';
        tool: string;
        patterns: Array<string>;
        command: string | null;
        path: string | null;
        url: string | null;
        diff: string | null;
        isDiffCut: boolean;
        always: Array<string>;
        alwaysScope: string | null;
        id: string;
        state: DecisionState;
        risks: Array<Risk>;
        createdAt: string;
        decidedAt: string | null;
        isByPolicy: boolean;
        withdrawnBecause: WithdrawnBecause | null;
        expiresAt: string | null;
        answer: { reply: PermissionReply; message: string | null } | null;
        project: { id: string; slug: string; name: string };
        session: { id: string; title: string } | null;
        rootSession: { id: string; title: string } | null;
        decidedBy: { id: string; name: string } | null;
      }
    | {
        __typename: 'Question';
        answers: Array<Array<string>> | null;
        id: string;
        state: DecisionState;
        risks: Array<Risk>;
        createdAt: string;
        decidedAt: string | null;
        isByPolicy: boolean;
        withdrawnBecause: WithdrawnBecause | null;
        expiresAt: string | null;
        prompts: Array<{
          question: string;
          header: string;
          isMultiple: boolean;
          isCustom: boolean;
          options: Array<{ label: string; description: string }>;
        }>;
        project: { id: string; slug: string; name: string };
        session: { id: string; title: string } | null;
        rootSession: { id: string; title: string } | null;
        decidedBy: { id: string; name: string } | null;
      }
    | null;
};

export type ProjectDecisionPolicyQueryVariables = Exact<{
  by: ProjectBy;
}>;

export type ProjectDecisionPolicyQuery = {
  project: {
    decisionPolicy: {
      mode: DecisionMode;
      waitSeconds: number | null;
      rules: Array<{ tool: string | null; pattern: string; effect: DecisionEffect }>;
    };
  } | null;
};

export type DecideMutationVariables = Exact<{
  input: DecideInput;
}>;

export type DecideMutation = {
  decide: {
    decision:
      | {
          __typename: 'PermissionRequest';
          tool: string;
          patterns: Array<string>;
          command: string | null;
          path: string | null;
          url: string | null;
          diff: string | null;
          isDiffCut: boolean;
          always: Array<string>;
          alwaysScope: string | null;
          id: string;
          state: DecisionState;
          risks: Array<Risk>;
          createdAt: string;
          decidedAt: string | null;
          isByPolicy: boolean;
          withdrawnBecause: WithdrawnBecause | null;
          expiresAt: string | null;
          answer: { reply: PermissionReply; message: string | null } | null;
          project: { id: string; slug: string; name: string };
          session: { id: string; title: string } | null;
          rootSession: { id: string; title: string } | null;
          decidedBy: { id: string; name: string } | null;
        }
      | {
          __typename: 'Question';
          answers: Array<Array<string>> | null;
          id: string;
          state: DecisionState;
          risks: Array<Risk>;
          createdAt: string;
          decidedAt: string | null;
          isByPolicy: boolean;
          withdrawnBecause: WithdrawnBecause | null;
          expiresAt: string | null;
          prompts: Array<{
            question: string;
            header: string;
            isMultiple: boolean;
            isCustom: boolean;
            options: Array<{ label: string; description: string }>;
          }>;
          project: { id: string; slug: string; name: string };
          session: { id: string; title: string } | null;
          rootSession: { id: string; title: string } | null;
          decidedBy: { id: string; name: string } | null;
        };
  };
};

export type SetDecisionPolicyMutationVariables = Exact<{
  input: SetDecisionPolicyInput;
}>;

export type SetDecisionPolicyMutation = {
  setDecisionPolicy: {
    project: {
      decisionPolicy: {
        mode: DecisionMode;
        waitSeconds: number | null;
        rules: Array<{ tool: string | null; pattern: string; effect: DecisionEffect }>;
      };
    };
  };
};

export type CurrentCursorQueryVariables = Exact<{ [key: string]: never }>;

export type CurrentCursorQuery = { cursor: string };

export type EventsSubscriptionVariables = Exact<{
  after?: InputMaybe<Scalars['Cursor']['input']>;
  filter?: InputMaybe<EventFilter>;
}>;

export type EventsSubscription = {
  events: {
    cursor: string;
    at: string;
    actor: { kind: ActorKind; device: { id: string; name: string } | null };
    change:
      | {
          __typename: 'ProjectChanged';
          projectId: string;
          project: {
            id: string;
            name: string;
            slug: string;
            description: string | null;
            status: ProjectStatus;
            createdAt: string;
            updatedAt: string;
            sleep: { because: SleepReason; since: string; wakingSince: string | null } | null;
            problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
            operation: {
              id: string;
              kind: OperationKind;
              state: OperationState;
              attempts: number;
              createdAt: string;
              startedAt: string | null;
              finishedAt: string | null;
              project: { id: string; slug: string; name: string } | null;
              steps: Array<{
                name: OperationStepName;
                state: OperationStepState;
                detail: string | null;
                startedAt: string | null;
                finishedAt: string | null;
              }>;
              problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
            } | null;
            repository: { forge: ForgeKind; cloneUrl: string; defaultBranch: string | null } | null;
            container: {
              host: HostKind;
              state: ContainerState;
              health: ContainerHealth;
              agentVersion: string | null;
              port: number | null;
              startedAt: string | null;
              exitCode: number | null;
            } | null;
            server: { id: string; name: string };
          } | null;
        }
      | { __typename: 'ProjectDeleted'; projectId: string; slug: string }
      | {
          __typename: 'OperationProgressed';
          operationId: string;
          operation: {
            id: string;
            kind: OperationKind;
            state: OperationState;
            attempts: number;
            createdAt: string;
            startedAt: string | null;
            finishedAt: string | null;
            project: { id: string; slug: string; name: string } | null;
            steps: Array<{
              name: OperationStepName;
              state: OperationStepState;
              detail: string | null;
              startedAt: string | null;
              finishedAt: string | null;
            }>;
            problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
          } | null;
        }
      | {
          __typename: 'SessionChanged';
          sessionId: string;
          session: {
            id: string;
            title: string;
            status: SessionStatus;
            isForkPending: boolean;
            summaryRequestedAt: string | null;
            archivedAt: string | null;
            createdAt: string;
            updatedAt: string;
            activity: { line: string; since: string } | null;
            project: { id: string; slug: string; name: string };
            parent: { id: string } | null;
            forkedFrom: { id: string } | null;
            revertedTo: { id: string } | null;
          } | null;
        }
      | { __typename: 'SessionDeleted'; sessionId: string; projectId: string }
      | {
          __typename: 'MessageChanged';
          messageId: string;
          message: {
            id: string;
            role: MessageRole;
            delivery: DeliveryState | null;
            agent: string | null;
            model: string | null;
            createdAt: string;
            completedAt: string | null;
            session: { id: string; project: { id: string } };
            parts: Array<
              | { __typename: 'TextPart'; id: string; text: string; isSynthetic: boolean; isComplete: boolean }
              | { __typename: 'ReasoningPart'; id: string; text: string; isComplete: boolean }
              | {
                  __typename: 'ToolPart';
                  id: string;
                  tool: string;
                  state: ToolState;
                  title: string | null;
                  input: unknown;
                  output: string | null;
                  isOutputCut: boolean;
                  error: string | null;
                  startedAt: string | null;
                  endedAt: string | null;
                  childSession: { id: string } | null;
                }
              | {
                  __typename: 'FilePart';
                  id: string;
                  mime: string;
                  filename: string | null;
                  size: number | null;
                  path: string | null;
                  attachment: string | null;
                }
              | { __typename: 'PatchPart'; id: string; files: Array<string> }
              | { __typename: 'StepPart'; id: string; kind: StepKind; reason: string | null }
              | { __typename: 'SubtaskPart'; id: string; agent: string; description: string; prompt: string }
              | { __typename: 'CommandPart'; id: string; name: string; arguments: string }
              | { __typename: 'UnknownPart'; id: string; json: unknown; partKind: string }
            >;
            error: { name: string; message: string; isRetryable: boolean; statusCode: number | null } | null;
            usage: {
              inputTokens: number;
              outputTokens: number;
              reasoningTokens: number;
              cacheReadTokens: number;
              cacheWriteTokens: number;
              costUsd: number | null;
            } | null;
            changes: Array<{ path: string; kind: FileChange; additions: number | null; deletions: number | null }>;
          } | null;
        }
      | {
          __typename: 'TodosChanged';
          sessionId: string;
          session: {
            id: string;
            title: string;
            status: SessionStatus;
            isForkPending: boolean;
            summaryRequestedAt: string | null;
            archivedAt: string | null;
            createdAt: string;
            updatedAt: string;
            activity: { line: string; since: string } | null;
            project: { id: string; slug: string; name: string };
            parent: { id: string } | null;
            forkedFrom: { id: string } | null;
            revertedTo: { id: string } | null;
          } | null;
        }
      | {
          __typename: 'DecisionRequested';
          decisionId: string;
          decision:
            | {
                __typename: 'PermissionRequest';
                tool: string;
                patterns: Array<string>;
                command: string | null;
                path: string | null;
                url: string | null;
                diff: string | null;
                isDiffCut: boolean;
                always: Array<string>;
                alwaysScope: string | null;
                id: string;
                state: DecisionState;
                risks: Array<Risk>;
                createdAt: string;
                decidedAt: string | null;
                isByPolicy: boolean;
                withdrawnBecause: WithdrawnBecause | null;
                expiresAt: string | null;
                answer: { reply: PermissionReply; message: string | null } | null;
                project: { id: string; slug: string; name: string };
                session: { id: string; title: string } | null;
                rootSession: { id: string; title: string } | null;
                decidedBy: { id: string; name: string } | null;
              }
            | {
                __typename: 'Question';
                answers: Array<Array<string>> | null;
                id: string;
                state: DecisionState;
                risks: Array<Risk>;
                createdAt: string;
                decidedAt: string | null;
                isByPolicy: boolean;
                withdrawnBecause: WithdrawnBecause | null;
                expiresAt: string | null;
                prompts: Array<{
                  question: string;
                  header: string;
                  isMultiple: boolean;
                  isCustom: boolean;
                  options: Array<{ label: string; description: string }>;
                }>;
                project: { id: string; slug: string; name: string };
                session: { id: string; title: string } | null;
                rootSession: { id: string; title: string } | null;
                decidedBy: { id: string; name: string } | null;
              }
            | null;
        }
      | {
          __typename: 'DecisionClosed';
          decisionId: string;
          decision:
            | {
                __typename: 'PermissionRequest';
                tool: string;
                patterns: Array<string>;
                command: string | null;
                path: string | null;
                url: string | null;
                diff: string | null;
                isDiffCut: boolean;
                always: Array<string>;
                alwaysScope: string | null;
                id: string;
                state: DecisionState;
                risks: Array<Risk>;
                createdAt: string;
                decidedAt: string | null;
                isByPolicy: boolean;
                withdrawnBecause: WithdrawnBecause | null;
                expiresAt: string | null;
                answer: { reply: PermissionReply; message: string | null } | null;
                project: { id: string; slug: string; name: string };
                session: { id: string; title: string } | null;
                rootSession: { id: string; title: string } | null;
                decidedBy: { id: string; name: string } | null;
              }
            | {
                __typename: 'Question';
                answers: Array<Array<string>> | null;
                id: string;
                state: DecisionState;
                risks: Array<Risk>;
                createdAt: string;
                decidedAt: string | null;
                isByPolicy: boolean;
                withdrawnBecause: WithdrawnBecause | null;
                expiresAt: string | null;
                prompts: Array<{
                  question: string;
                  header: string;
                  isMultiple: boolean;
                  isCustom: boolean;
                  options: Array<{ label: string; description: string }>;
                }>;
                project: { id: string; slug: string; name: string };
                session: { id: string; title: string } | null;
                rootSession: { id: string; title: string } | null;
                decidedBy: { id: string; name: string } | null;
              }
            | null;
        }
      | {
          __typename: 'DeviceChanged';
          deviceId: string;
          device: {
            id: string;
            name: string;
            scopes: Array<Scope>;
            createdAt: string;
            lastSeenAt: string | null;
            isCurrent: boolean;
          } | null;
        }
      | {
          __typename: 'GithubAccountChanged';
          githubAccount: {
            login: string;
            name: string | null;
            scopes: Array<string>;
            connectedAt: string;
            problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
          } | null;
        }
      | { __typename: 'Bookmark'; cursor: string }
      | { __typename: 'ResyncRequired'; reason: ResyncReason; cursor: string };
  };
};

export type TreeQueryVariables = Exact<{
  by: ProjectBy;
  path: Scalars['String']['input'];
  after?: InputMaybe<Scalars['String']['input']>;
}>;

export type TreeQuery = {
  project: {
    tree: {
      path: string;
      total: number;
      hasMore: boolean;
      entries: Array<{
        name: string;
        path: string;
        kind: TreeEntryKind;
        size: number | null;
        modifiedAt: string;
        isIgnored: boolean;
        isExecutable: boolean;
      }>;
    } | null;
  } | null;
};

export type FileQueryVariables = Exact<{
  by: ProjectBy;
  path: Scalars['String']['input'];
  firstLine: Scalars['Int']['input'];
  lines: Scalars['Int']['input'];
}>;

export type FileQuery = {
  project: {
    file: {
      path: string;
      size: number;
      modifiedAt: string;
      isExecutable: boolean;
      version: string | null;
      language: string | null;
      content: FileContent;
      mediaType: string | null;
      text: { text: string; encoding: string; firstLine: number; lineCount: number; hasMore: boolean } | null;
    } | null;
  } | null;
};

export type FindFilesQueryVariables = Exact<{
  by: ProjectBy;
  query: Scalars['String']['input'];
  first?: InputMaybe<Scalars['Int']['input']>;
}>;

export type FindFilesQuery = { project: { findFiles: { paths: Array<string>; isPartial: boolean } | null } | null };

export type SearchTextQueryVariables = Exact<{
  by: ProjectBy;
  query: Scalars['String']['input'];
  isRegex: Scalars['Boolean']['input'];
  case: SearchCase;
  globs?: InputMaybe<Array<Scalars['String']['input']> | Scalars['String']['input']>;
  path: Scalars['String']['input'];
  first?: InputMaybe<Scalars['Int']['input']>;
}>;

export type SearchTextQuery = {
  project: {
    searchText: {
      isPartial: boolean;
      matches: Array<{
        path: string;
        line: number;
        text: string;
        isCut: boolean;
        ranges: Array<{ start: number; end: number }>;
      }>;
    } | null;
  } | null;
};

export type ChangesQueryVariables = Exact<{
  by: ProjectBy;
}>;

export type ChangesQuery = {
  project: {
    changes: {
      branch: string | null;
      head: string | null;
      isMerging: boolean;
      additions: number;
      deletions: number;
      isPartial: boolean;
      upstream: { name: string; ahead: number | null; behind: number | null } | null;
      files: Array<{
        path: string;
        oldPath: string | null;
        kind: FileChange;
        staged: FileChange | null;
        unstaged: FileChange | null;
        additions: number | null;
        deletions: number | null;
        isGenerated: boolean;
      }>;
    } | null;
  } | null;
};

export type DiffQueryVariables = Exact<{
  by: ProjectBy;
  paths: Array<Scalars['String']['input']> | Scalars['String']['input'];
  contextLines: Scalars['Int']['input'];
  withGenerated: Scalars['Boolean']['input'];
}>;

export type DiffQuery = {
  project: {
    changes: {
      diff: Array<{
        path: string;
        oldPath: string | null;
        kind: FileChange;
        shown: DiffShown;
        additions: number | null;
        deletions: number | null;
        isCut: boolean;
        hunks: Array<{
          oldStart: number;
          oldLines: number;
          newStart: number;
          newLines: number;
          foldedBefore: number;
          lines: Array<{
            kind: DiffLineKind;
            oldNumber: number | null;
            newNumber: number | null;
            text: string;
            isCut: boolean;
            lacksNewline: boolean;
            marks: Array<{ start: number; end: number }>;
          }>;
        }>;
      }>;
    } | null;
  } | null;
};

export type LogQueryVariables = Exact<{
  by: ProjectBy;
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['String']['input']>;
}>;

export type LogQuery = {
  project: {
    changes: {
      branch: string | null;
      log: {
        nodes: Array<{ oid: string; subject: string; author: string; committedAt: string }>;
        pageInfo: { endCursor: string | null; hasNextPage: boolean };
      };
    } | null;
  } | null;
};

export type WriteFileMutationVariables = Exact<{
  input: WriteFileInput;
}>;

export type WriteFileMutation = { writeFile: { path: string; version: string } };

export type MoveFileMutationVariables = Exact<{
  input: MoveFileInput;
}>;

export type MoveFileMutation = { moveFile: { path: string; version: string } };

export type DeleteFileMutationVariables = Exact<{
  input: DeleteFileInput;
}>;

export type DeleteFileMutation = { deleteFile: { path: string } };

export type CommitChangesMutationVariables = Exact<{
  input: CommitChangesInput;
}>;

export type CommitChangesMutation = {
  commitChanges: {
    isPushed: boolean;
    pushProblem: string | null;
    commit: { oid: string; subject: string; author: string; committedAt: string };
  };
};

export type PushBranchMutationVariables = Exact<{
  input: PushBranchInput;
}>;

export type PushBranchMutation = { pushBranch: { branch: string; head: string } };

export type CreateBranchMutationVariables = Exact<{
  input: CreateBranchInput;
}>;

export type CreateBranchMutation = { createBranch: { branch: string } };

export type DiscardChangesMutationVariables = Exact<{
  input: DiscardChangesInput;
}>;

export type DiscardChangesMutation = { discardChanges: { paths: Array<string>; keptAs: string | null } };

export type AgentFieldsFragment = {
  name: string;
  description: string | null;
  mode: AgentMode;
  model: string | null;
  isDefault: boolean;
};

export type ModelFieldsFragment = {
  name: string;
  title: string;
  provider: string;
  contextTokens: number | null;
  outputTokens: number | null;
  inputCostUsd: number | null;
  outputCostUsd: number | null;
  reasons: boolean;
  readsImages: boolean;
  readsPdf: boolean;
  isDefault: boolean;
};

export type CommandFieldsFragment = {
  name: string;
  description: string | null;
  source: CommandSource;
  agent: string | null;
  model: string | null;
  isSubtask: boolean;
  arguments: Array<string>;
};

type DecisionFields_PermissionRequest_Fragment = {
  __typename: 'PermissionRequest';
  tool: string;
  patterns: Array<string>;
  command: string | null;
  path: string | null;
  url: string | null;
  diff: string | null;
  isDiffCut: boolean;
  always: Array<string>;
  alwaysScope: string | null;
  id: string;
  state: DecisionState;
  risks: Array<Risk>;
  createdAt: string;
  decidedAt: string | null;
  isByPolicy: boolean;
  withdrawnBecause: WithdrawnBecause | null;
  expiresAt: string | null;
  answer: { reply: PermissionReply; message: string | null } | null;
  project: { id: string; slug: string; name: string };
  session: { id: string; title: string } | null;
  rootSession: { id: string; title: string } | null;
  decidedBy: { id: string; name: string } | null;
};

type DecisionFields_Question_Fragment = {
  __typename: 'Question';
  answers: Array<Array<string>> | null;
  id: string;
  state: DecisionState;
  risks: Array<Risk>;
  createdAt: string;
  decidedAt: string | null;
  isByPolicy: boolean;
  withdrawnBecause: WithdrawnBecause | null;
  expiresAt: string | null;
  prompts: Array<{
    question: string;
    header: string;
    isMultiple: boolean;
    isCustom: boolean;
    options: Array<{ label: string; description: string }>;
  }>;
  project: { id: string; slug: string; name: string };
  session: { id: string; title: string } | null;
  rootSession: { id: string; title: string } | null;
  decidedBy: { id: string; name: string } | null;
};

export type DecisionFieldsFragment = DecisionFields_PermissionRequest_Fragment | DecisionFields_Question_Fragment;

export type DecisionPolicyFieldsFragment = {
  mode: DecisionMode;
  waitSeconds: number | null;
  rules: Array<{ tool: string | null; pattern: string; effect: DecisionEffect }>;
};

export type DeviceFieldsFragment = {
  id: string;
  name: string;
  scopes: Array<Scope>;
  createdAt: string;
  lastSeenAt: string | null;
  isCurrent: boolean;
};

export type EventFieldsFragment = {
  cursor: string;
  at: string;
  actor: { kind: ActorKind; device: { id: string; name: string } | null };
  change:
    | {
        __typename: 'ProjectChanged';
        projectId: string;
        project: {
          id: string;
          name: string;
          slug: string;
          description: string | null;
          status: ProjectStatus;
          createdAt: string;
          updatedAt: string;
          sleep: { because: SleepReason; since: string; wakingSince: string | null } | null;
          problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
          operation: {
            id: string;
            kind: OperationKind;
            state: OperationState;
            attempts: number;
            createdAt: string;
            startedAt: string | null;
            finishedAt: string | null;
            project: { id: string; slug: string; name: string } | null;
            steps: Array<{
              name: OperationStepName;
              state: OperationStepState;
              detail: string | null;
              startedAt: string | null;
              finishedAt: string | null;
            }>;
            problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
          } | null;
          repository: { forge: ForgeKind; cloneUrl: string; defaultBranch: string | null } | null;
          container: {
            host: HostKind;
            state: ContainerState;
            health: ContainerHealth;
            agentVersion: string | null;
            port: number | null;
            startedAt: string | null;
            exitCode: number | null;
          } | null;
          server: { id: string; name: string };
        } | null;
      }
    | { __typename: 'ProjectDeleted'; projectId: string; slug: string }
    | {
        __typename: 'OperationProgressed';
        operationId: string;
        operation: {
          id: string;
          kind: OperationKind;
          state: OperationState;
          attempts: number;
          createdAt: string;
          startedAt: string | null;
          finishedAt: string | null;
          project: { id: string; slug: string; name: string } | null;
          steps: Array<{
            name: OperationStepName;
            state: OperationStepState;
            detail: string | null;
            startedAt: string | null;
            finishedAt: string | null;
          }>;
          problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
        } | null;
      }
    | {
        __typename: 'SessionChanged';
        sessionId: string;
        session: {
          id: string;
          title: string;
          status: SessionStatus;
          isForkPending: boolean;
          summaryRequestedAt: string | null;
          archivedAt: string | null;
          createdAt: string;
          updatedAt: string;
          activity: { line: string; since: string } | null;
          project: { id: string; slug: string; name: string };
          parent: { id: string } | null;
          forkedFrom: { id: string } | null;
          revertedTo: { id: string } | null;
        } | null;
      }
    | { __typename: 'SessionDeleted'; sessionId: string; projectId: string }
    | {
        __typename: 'MessageChanged';
        messageId: string;
        message: {
          id: string;
          role: MessageRole;
          delivery: DeliveryState | null;
          agent: string | null;
          model: string | null;
          createdAt: string;
          completedAt: string | null;
          session: { id: string; project: { id: string } };
          parts: Array<
            | { __typename: 'TextPart'; id: string; text: string; isSynthetic: boolean; isComplete: boolean }
            | { __typename: 'ReasoningPart'; id: string; text: string; isComplete: boolean }
            | {
                __typename: 'ToolPart';
                id: string;
                tool: string;
                state: ToolState;
                title: string | null;
                input: unknown;
                output: string | null;
                isOutputCut: boolean;
                error: string | null;
                startedAt: string | null;
                endedAt: string | null;
                childSession: { id: string } | null;
              }
            | {
                __typename: 'FilePart';
                id: string;
                mime: string;
                filename: string | null;
                size: number | null;
                path: string | null;
                attachment: string | null;
              }
            | { __typename: 'PatchPart'; id: string; files: Array<string> }
            | { __typename: 'StepPart'; id: string; kind: StepKind; reason: string | null }
            | { __typename: 'SubtaskPart'; id: string; agent: string; description: string; prompt: string }
            | { __typename: 'CommandPart'; id: string; name: string; arguments: string }
            | { __typename: 'UnknownPart'; id: string; json: unknown; partKind: string }
          >;
          error: { name: string; message: string; isRetryable: boolean; statusCode: number | null } | null;
          usage: {
            inputTokens: number;
            outputTokens: number;
            reasoningTokens: number;
            cacheReadTokens: number;
            cacheWriteTokens: number;
            costUsd: number | null;
          } | null;
          changes: Array<{ path: string; kind: FileChange; additions: number | null; deletions: number | null }>;
        } | null;
      }
    | {
        __typename: 'TodosChanged';
        sessionId: string;
        session: {
          id: string;
          title: string;
          status: SessionStatus;
          isForkPending: boolean;
          summaryRequestedAt: string | null;
          archivedAt: string | null;
          createdAt: string;
          updatedAt: string;
          activity: { line: string; since: string } | null;
          project: { id: string; slug: string; name: string };
          parent: { id: string } | null;
          forkedFrom: { id: string } | null;
          revertedTo: { id: string } | null;
        } | null;
      }
    | {
        __typename: 'DecisionRequested';
        decisionId: string;
        decision:
          | {
              __typename: 'PermissionRequest';
              tool: string;
              patterns: Array<string>;
              command: string | null;
              path: string | null;
              url: string | null;
              diff: string | null;
              isDiffCut: boolean;
              always: Array<string>;
              alwaysScope: string | null;
              id: string;
              state: DecisionState;
              risks: Array<Risk>;
              createdAt: string;
              decidedAt: string | null;
              isByPolicy: boolean;
              withdrawnBecause: WithdrawnBecause | null;
              expiresAt: string | null;
              answer: { reply: PermissionReply; message: string | null } | null;
              project: { id: string; slug: string; name: string };
              session: { id: string; title: string } | null;
              rootSession: { id: string; title: string } | null;
              decidedBy: { id: string; name: string } | null;
            }
          | {
              __typename: 'Question';
              answers: Array<Array<string>> | null;
              id: string;
              state: DecisionState;
              risks: Array<Risk>;
              createdAt: string;
              decidedAt: string | null;
              isByPolicy: boolean;
              withdrawnBecause: WithdrawnBecause | null;
              expiresAt: string | null;
              prompts: Array<{
                question: string;
                header: string;
                isMultiple: boolean;
                isCustom: boolean;
                options: Array<{ label: string; description: string }>;
              }>;
              project: { id: string; slug: string; name: string };
              session: { id: string; title: string } | null;
              rootSession: { id: string; title: string } | null;
              decidedBy: { id: string; name: string } | null;
            }
          | null;
      }
    | {
        __typename: 'DecisionClosed';
        decisionId: string;
        decision:
          | {
              __typename: 'PermissionRequest';
              tool: string;
              patterns: Array<string>;
              command: string | null;
              path: string | null;
              url: string | null;
              diff: string | null;
              isDiffCut: boolean;
              always: Array<string>;
              alwaysScope: string | null;
              id: string;
              state: DecisionState;
              risks: Array<Risk>;
              createdAt: string;
              decidedAt: string | null;
              isByPolicy: boolean;
              withdrawnBecause: WithdrawnBecause | null;
              expiresAt: string | null;
              answer: { reply: PermissionReply; message: string | null } | null;
              project: { id: string; slug: string; name: string };
              session: { id: string; title: string } | null;
              rootSession: { id: string; title: string } | null;
              decidedBy: { id: string; name: string } | null;
            }
          | {
              __typename: 'Question';
              answers: Array<Array<string>> | null;
              id: string;
              state: DecisionState;
              risks: Array<Risk>;
              createdAt: string;
              decidedAt: string | null;
              isByPolicy: boolean;
              withdrawnBecause: WithdrawnBecause | null;
              expiresAt: string | null;
              prompts: Array<{
                question: string;
                header: string;
                isMultiple: boolean;
                isCustom: boolean;
                options: Array<{ label: string; description: string }>;
              }>;
              project: { id: string; slug: string; name: string };
              session: { id: string; title: string } | null;
              rootSession: { id: string; title: string } | null;
              decidedBy: { id: string; name: string } | null;
            }
          | null;
      }
    | {
        __typename: 'DeviceChanged';
        deviceId: string;
        device: {
          id: string;
          name: string;
          scopes: Array<Scope>;
          createdAt: string;
          lastSeenAt: string | null;
          isCurrent: boolean;
        } | null;
      }
    | {
        __typename: 'GithubAccountChanged';
        githubAccount: {
          login: string;
          name: string | null;
          scopes: Array<string>;
          connectedAt: string;
          problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
        } | null;
      }
    | { __typename: 'Bookmark'; cursor: string }
    | { __typename: 'ResyncRequired'; reason: ResyncReason; cursor: string };
};

type ChangeFields_ProjectChanged_Fragment = {
  __typename: 'ProjectChanged';
  projectId: string;
  project: {
    id: string;
    name: string;
    slug: string;
    description: string | null;
    status: ProjectStatus;
    createdAt: string;
    updatedAt: string;
    sleep: { because: SleepReason; since: string; wakingSince: string | null } | null;
    problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
    operation: {
      id: string;
      kind: OperationKind;
      state: OperationState;
      attempts: number;
      createdAt: string;
      startedAt: string | null;
      finishedAt: string | null;
      project: { id: string; slug: string; name: string } | null;
      steps: Array<{
        name: OperationStepName;
        state: OperationStepState;
        detail: string | null;
        startedAt: string | null;
        finishedAt: string | null;
      }>;
      problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
    } | null;
    repository: { forge: ForgeKind; cloneUrl: string; defaultBranch: string | null } | null;
    container: {
      host: HostKind;
      state: ContainerState;
      health: ContainerHealth;
      agentVersion: string | null;
      port: number | null;
      startedAt: string | null;
      exitCode: number | null;
    } | null;
    server: { id: string; name: string };
  } | null;
};

type ChangeFields_ProjectDeleted_Fragment = { __typename: 'ProjectDeleted'; projectId: string; slug: string };

type ChangeFields_OperationProgressed_Fragment = {
  __typename: 'OperationProgressed';
  operationId: string;
  operation: {
    id: string;
    kind: OperationKind;
    state: OperationState;
    attempts: number;
    createdAt: string;
    startedAt: string | null;
    finishedAt: string | null;
    project: { id: string; slug: string; name: string } | null;
    steps: Array<{
      name: OperationStepName;
      state: OperationStepState;
      detail: string | null;
      startedAt: string | null;
      finishedAt: string | null;
    }>;
    problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
  } | null;
};

type ChangeFields_SessionChanged_Fragment = {
  __typename: 'SessionChanged';
  sessionId: string;
  session: {
    id: string;
    title: string;
    status: SessionStatus;
    isForkPending: boolean;
    summaryRequestedAt: string | null;
    archivedAt: string | null;
    createdAt: string;
    updatedAt: string;
    activity: { line: string; since: string } | null;
    project: { id: string; slug: string; name: string };
    parent: { id: string } | null;
    forkedFrom: { id: string } | null;
    revertedTo: { id: string } | null;
  } | null;
};

type ChangeFields_SessionDeleted_Fragment = { __typename: 'SessionDeleted'; sessionId: string; projectId: string };

type ChangeFields_MessageChanged_Fragment = {
  __typename: 'MessageChanged';
  messageId: string;
  message: {
    id: string;
    role: MessageRole;
    delivery: DeliveryState | null;
    agent: string | null;
    model: string | null;
    createdAt: string;
    completedAt: string | null;
    session: { id: string; project: { id: string } };
    parts: Array<
      | { __typename: 'TextPart'; id: string; text: string; isSynthetic: boolean; isComplete: boolean }
      | { __typename: 'ReasoningPart'; id: string; text: string; isComplete: boolean }
      | {
          __typename: 'ToolPart';
          id: string;
          tool: string;
          state: ToolState;
          title: string | null;
          input: unknown;
          output: string | null;
          isOutputCut: boolean;
          error: string | null;
          startedAt: string | null;
          endedAt: string | null;
          childSession: { id: string } | null;
        }
      | {
          __typename: 'FilePart';
          id: string;
          mime: string;
          filename: string | null;
          size: number | null;
          path: string | null;
          attachment: string | null;
        }
      | { __typename: 'PatchPart'; id: string; files: Array<string> }
      | { __typename: 'StepPart'; id: string; kind: StepKind; reason: string | null }
      | { __typename: 'SubtaskPart'; id: string; agent: string; description: string; prompt: string }
      | { __typename: 'CommandPart'; id: string; name: string; arguments: string }
      | { __typename: 'UnknownPart'; id: string; json: unknown; partKind: string }
    >;
    error: { name: string; message: string; isRetryable: boolean; statusCode: number | null } | null;
    usage: {
      inputTokens: number;
      outputTokens: number;
      reasoningTokens: number;
      cacheReadTokens: number;
      cacheWriteTokens: number;
      costUsd: number | null;
    } | null;
    changes: Array<{ path: string; kind: FileChange; additions: number | null; deletions: number | null }>;
  } | null;
};

type ChangeFields_TodosChanged_Fragment = {
  __typename: 'TodosChanged';
  sessionId: string;
  session: {
    id: string;
    title: string;
    status: SessionStatus;
    isForkPending: boolean;
    summaryRequestedAt: string | null;
    archivedAt: string | null;
    createdAt: string;
    updatedAt: string;
    activity: { line: string; since: string } | null;
    project: { id: string; slug: string; name: string };
    parent: { id: string } | null;
    forkedFrom: { id: string } | null;
    revertedTo: { id: string } | null;
  } | null;
};

type ChangeFields_DecisionRequested_Fragment = {
  __typename: 'DecisionRequested';
  decisionId: string;
  decision:
    | {
        __typename: 'PermissionRequest';
        tool: string;
        patterns: Array<string>;
        command: string | null;
        path: string | null;
        url: string | null;
        diff: string | null;
        isDiffCut: boolean;
        always: Array<string>;
        alwaysScope: string | null;
        id: string;
        state: DecisionState;
        risks: Array<Risk>;
        createdAt: string;
        decidedAt: string | null;
        isByPolicy: boolean;
        withdrawnBecause: WithdrawnBecause | null;
        expiresAt: string | null;
        answer: { reply: PermissionReply; message: string | null } | null;
        project: { id: string; slug: string; name: string };
        session: { id: string; title: string } | null;
        rootSession: { id: string; title: string } | null;
        decidedBy: { id: string; name: string } | null;
      }
    | {
        __typename: 'Question';
        answers: Array<Array<string>> | null;
        id: string;
        state: DecisionState;
        risks: Array<Risk>;
        createdAt: string;
        decidedAt: string | null;
        isByPolicy: boolean;
        withdrawnBecause: WithdrawnBecause | null;
        expiresAt: string | null;
        prompts: Array<{
          question: string;
          header: string;
          isMultiple: boolean;
          isCustom: boolean;
          options: Array<{ label: string; description: string }>;
        }>;
        project: { id: string; slug: string; name: string };
        session: { id: string; title: string } | null;
        rootSession: { id: string; title: string } | null;
        decidedBy: { id: string; name: string } | null;
      }
    | null;
};

type ChangeFields_DecisionClosed_Fragment = {
  __typename: 'DecisionClosed';
  decisionId: string;
  decision:
    | {
        __typename: 'PermissionRequest';
        tool: string;
        patterns: Array<string>;
        command: string | null;
        path: string | null;
        url: string | null;
        diff: string | null;
        isDiffCut: boolean;
        always: Array<string>;
        alwaysScope: string | null;
        id: string;
        state: DecisionState;
        risks: Array<Risk>;
        createdAt: string;
        decidedAt: string | null;
        isByPolicy: boolean;
        withdrawnBecause: WithdrawnBecause | null;
        expiresAt: string | null;
        answer: { reply: PermissionReply; message: string | null } | null;
        project: { id: string; slug: string; name: string };
        session: { id: string; title: string } | null;
        rootSession: { id: string; title: string } | null;
        decidedBy: { id: string; name: string } | null;
      }
    | {
        __typename: 'Question';
        answers: Array<Array<string>> | null;
        id: string;
        state: DecisionState;
        risks: Array<Risk>;
        createdAt: string;
        decidedAt: string | null;
        isByPolicy: boolean;
        withdrawnBecause: WithdrawnBecause | null;
        expiresAt: string | null;
        prompts: Array<{
          question: string;
          header: string;
          isMultiple: boolean;
          isCustom: boolean;
          options: Array<{ label: string; description: string }>;
        }>;
        project: { id: string; slug: string; name: string };
        session: { id: string; title: string } | null;
        rootSession: { id: string; title: string } | null;
        decidedBy: { id: string; name: string } | null;
      }
    | null;
};

type ChangeFields_DeviceChanged_Fragment = {
  __typename: 'DeviceChanged';
  deviceId: string;
  device: {
    id: string;
    name: string;
    scopes: Array<Scope>;
    createdAt: string;
    lastSeenAt: string | null;
    isCurrent: boolean;
  } | null;
};

type ChangeFields_GithubAccountChanged_Fragment = {
  __typename: 'GithubAccountChanged';
  githubAccount: {
    login: string;
    name: string | null;
    scopes: Array<string>;
    connectedAt: string;
    problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
  } | null;
};

type ChangeFields_Bookmark_Fragment = { __typename: 'Bookmark'; cursor: string };

type ChangeFields_ResyncRequired_Fragment = { __typename: 'ResyncRequired'; reason: ResyncReason; cursor: string };

export type ChangeFieldsFragment =
  | ChangeFields_ProjectChanged_Fragment
  | ChangeFields_ProjectDeleted_Fragment
  | ChangeFields_OperationProgressed_Fragment
  | ChangeFields_SessionChanged_Fragment
  | ChangeFields_SessionDeleted_Fragment
  | ChangeFields_MessageChanged_Fragment
  | ChangeFields_TodosChanged_Fragment
  | ChangeFields_DecisionRequested_Fragment
  | ChangeFields_DecisionClosed_Fragment
  | ChangeFields_DeviceChanged_Fragment
  | ChangeFields_GithubAccountChanged_Fragment
  | ChangeFields_Bookmark_Fragment
  | ChangeFields_ResyncRequired_Fragment;

export type ChangedFileFieldsFragment = {
  path: string;
  oldPath: string | null;
  kind: FileChange;
  staged: FileChange | null;
  unstaged: FileChange | null;
  additions: number | null;
  deletions: number | null;
  isGenerated: boolean;
};

export type CommitFieldsFragment = { oid: string; subject: string; author: string; committedAt: string };

export type FileDiffFieldsFragment = {
  path: string;
  oldPath: string | null;
  kind: FileChange;
  shown: DiffShown;
  additions: number | null;
  deletions: number | null;
  isCut: boolean;
  hunks: Array<{
    oldStart: number;
    oldLines: number;
    newStart: number;
    newLines: number;
    foldedBefore: number;
    lines: Array<{
      kind: DiffLineKind;
      oldNumber: number | null;
      newNumber: number | null;
      text: string;
      isCut: boolean;
      lacksNewline: boolean;
      marks: Array<{ start: number; end: number }>;
    }>;
  }>;
};

export type GithubAccountFieldsFragment = {
  login: string;
  name: string | null;
  scopes: Array<string>;
  connectedAt: string;
  problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
};

export type GithubLoginFieldsFragment = {
  id: string;
  state: GithubLoginState;
  userCode: string;
  verificationUrl: string;
  expiresAt: string;
  problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
};

export type GithubRepositoryFieldsFragment = {
  fullName: string;
  description: string | null;
  isPrivate: boolean;
  isFork: boolean;
  isArchived: boolean;
  defaultBranch: string | null;
  pushedAt: string | null;
  cloneUrl: string;
};

export type ProblemFieldsFragment = { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null };

export type OperationFieldsFragment = {
  id: string;
  kind: OperationKind;
  state: OperationState;
  attempts: number;
  createdAt: string;
  startedAt: string | null;
  finishedAt: string | null;
  project: { id: string; slug: string; name: string } | null;
  steps: Array<{
    name: OperationStepName;
    state: OperationStepState;
    detail: string | null;
    startedAt: string | null;
    finishedAt: string | null;
  }>;
  problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
};

export type ProjectFieldsFragment = {
  id: string;
  name: string;
  slug: string;
  description: string | null;
  status: ProjectStatus;
  createdAt: string;
  updatedAt: string;
  sleep: { because: SleepReason; since: string; wakingSince: string | null } | null;
  problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
  operation: {
    id: string;
    kind: OperationKind;
    state: OperationState;
    attempts: number;
    createdAt: string;
    startedAt: string | null;
    finishedAt: string | null;
    project: { id: string; slug: string; name: string } | null;
    steps: Array<{
      name: OperationStepName;
      state: OperationStepState;
      detail: string | null;
      startedAt: string | null;
      finishedAt: string | null;
    }>;
    problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
  } | null;
  repository: { forge: ForgeKind; cloneUrl: string; defaultBranch: string | null } | null;
  container: {
    host: HostKind;
    state: ContainerState;
    health: ContainerHealth;
    agentVersion: string | null;
    port: number | null;
    startedAt: string | null;
    exitCode: number | null;
  } | null;
  server: { id: string; name: string };
};

export type SleepSettingFieldsFragment = {
  afterSeconds: number | null;
  isOwn: boolean;
  serverAfterSeconds: number | null;
};

export type ServerFieldsFragment = {
  id: string;
  name: string;
  address: string | null;
  host: HostKind;
  status: ServerStatus;
  checkedAt: string | null;
  problems: Array<string>;
  resources: {
    at: string;
    cpu: { used: number; total: number; unit: ResourceUnit } | null;
    memory: { used: number; total: number; unit: ResourceUnit } | null;
    disk: { used: number; total: number; unit: ResourceUnit } | null;
  } | null;
};

export type ResourceSampleFieldsFragment = {
  at: string;
  cpu: { used: number; total: number; unit: ResourceUnit } | null;
  memory: { used: number; total: number; unit: ResourceUnit } | null;
  disk: { used: number; total: number; unit: ResourceUnit } | null;
};

export type ResourceUseFieldsFragment = { used: number; total: number; unit: ResourceUnit };

export type ContainerFieldsFragment = {
  host: HostKind;
  state: ContainerState;
  health: ContainerHealth;
  image: string | null;
  agentVersion: string | null;
  port: number | null;
  startedAt: string | null;
  exitCode: number | null;
  usage: { cpuCores: number; memoryBytes: number } | null;
};

export type ActivityFieldsFragment = { line: string; since: string };

export type TodoFieldsFragment = { content: string; status: TodoStatus; priority: TodoPriority };

export type SessionFieldsFragment = {
  id: string;
  title: string;
  status: SessionStatus;
  isForkPending: boolean;
  summaryRequestedAt: string | null;
  archivedAt: string | null;
  createdAt: string;
  updatedAt: string;
  activity: { line: string; since: string } | null;
  project: { id: string; slug: string; name: string };
  parent: { id: string } | null;
  forkedFrom: { id: string } | null;
  revertedTo: { id: string } | null;
};

export type MessageFieldsFragment = {
  id: string;
  role: MessageRole;
  delivery: DeliveryState | null;
  agent: string | null;
  model: string | null;
  createdAt: string;
  completedAt: string | null;
  session: { id: string; project: { id: string } };
  parts: Array<
    | { __typename: 'TextPart'; id: string; text: string; isSynthetic: boolean; isComplete: boolean }
    | { __typename: 'ReasoningPart'; id: string; text: string; isComplete: boolean }
    | {
        __typename: 'ToolPart';
        id: string;
        tool: string;
        state: ToolState;
        title: string | null;
        input: unknown;
        output: string | null;
        isOutputCut: boolean;
        error: string | null;
        startedAt: string | null;
        endedAt: string | null;
        childSession: { id: string } | null;
      }
    | {
        __typename: 'FilePart';
        id: string;
        mime: string;
        filename: string | null;
        size: number | null;
        path: string | null;
        attachment: string | null;
      }
    | { __typename: 'PatchPart'; id: string; files: Array<string> }
    | { __typename: 'StepPart'; id: string; kind: StepKind; reason: string | null }
    | { __typename: 'SubtaskPart'; id: string; agent: string; description: string; prompt: string }
    | { __typename: 'CommandPart'; id: string; name: string; arguments: string }
    | { __typename: 'UnknownPart'; id: string; json: unknown; partKind: string }
  >;
  error: { name: string; message: string; isRetryable: boolean; statusCode: number | null } | null;
  usage: {
    inputTokens: number;
    outputTokens: number;
    reasoningTokens: number;
    cacheReadTokens: number;
    cacheWriteTokens: number;
    costUsd: number | null;
  } | null;
  changes: Array<{ path: string; kind: FileChange; additions: number | null; deletions: number | null }>;
};

type PartFields_TextPart_Fragment = {
  __typename: 'TextPart';
  id: string;
  text: string;
  isSynthetic: boolean;
  isComplete: boolean;
};

type PartFields_ReasoningPart_Fragment = { __typename: 'ReasoningPart'; id: string; text: string; isComplete: boolean };

type PartFields_ToolPart_Fragment = {
  __typename: 'ToolPart';
  id: string;
  tool: string;
  state: ToolState;
  title: string | null;
  input: unknown;
  output: string | null;
  isOutputCut: boolean;
  error: string | null;
  startedAt: string | null;
  endedAt: string | null;
  childSession: { id: string } | null;
};

type PartFields_FilePart_Fragment = {
  __typename: 'FilePart';
  id: string;
  mime: string;
  filename: string | null;
  size: number | null;
  path: string | null;
  attachment: string | null;
};

type PartFields_PatchPart_Fragment = { __typename: 'PatchPart'; id: string; files: Array<string> };

type PartFields_StepPart_Fragment = { __typename: 'StepPart'; id: string; kind: StepKind; reason: string | null };

type PartFields_SubtaskPart_Fragment = {
  __typename: 'SubtaskPart';
  id: string;
  agent: string;
  description: string;
  prompt: string;
};

type PartFields_CommandPart_Fragment = { __typename: 'CommandPart'; id: string; name: string; arguments: string };

type PartFields_UnknownPart_Fragment = { __typename: 'UnknownPart'; id: string; json: unknown; partKind: string };

export type PartFieldsFragment =
  | PartFields_TextPart_Fragment
  | PartFields_ReasoningPart_Fragment
  | PartFields_ToolPart_Fragment
  | PartFields_FilePart_Fragment
  | PartFields_PatchPart_Fragment
  | PartFields_StepPart_Fragment
  | PartFields_SubtaskPart_Fragment
  | PartFields_CommandPart_Fragment
  | PartFields_UnknownPart_Fragment;

export type UsageFieldsFragment = {
  answers: number;
  inputTokens: number;
  outputTokens: number;
  reasoningTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
  costUsd: number | null;
};

export type GithubQueryVariables = Exact<{ [key: string]: never }>;

export type GithubQuery = {
  githubAccount: {
    login: string;
    name: string | null;
    scopes: Array<string>;
    connectedAt: string;
    problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
  } | null;
  githubSetup: { canSignIn: boolean; url: string; tokenUrl: string };
};

export type GithubRepositoriesQueryVariables = Exact<{
  search?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['String']['input']>;
}>;

export type GithubRepositoriesQuery = {
  githubRepositories: {
    nodes: Array<{
      fullName: string;
      description: string | null;
      isPrivate: boolean;
      isFork: boolean;
      isArchived: boolean;
      defaultBranch: string | null;
      pushedAt: string | null;
      cloneUrl: string;
    }>;
    pageInfo: { endCursor: string | null; hasNextPage: boolean };
  };
};

export type GithubLoginByIdQueryVariables = Exact<{
  id: Scalars['ID']['input'];
}>;

export type GithubLoginByIdQuery = {
  githubLogin: {
    id: string;
    state: GithubLoginState;
    userCode: string;
    verificationUrl: string;
    expiresAt: string;
    problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
  } | null;
};

export type BeginGithubLoginMutationVariables = Exact<{
  input: BeginGithubLoginInput;
}>;

export type BeginGithubLoginMutation = {
  beginGithubLogin: {
    githubLogin: {
      id: string;
      state: GithubLoginState;
      userCode: string;
      verificationUrl: string;
      expiresAt: string;
      problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
    };
  };
};

export type CancelGithubLoginMutationVariables = Exact<{
  input: CancelGithubLoginInput;
}>;

export type CancelGithubLoginMutation = {
  cancelGithubLogin: {
    githubLogin: {
      id: string;
      state: GithubLoginState;
      userCode: string;
      verificationUrl: string;
      expiresAt: string;
      problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
    };
  };
};

export type ConnectGithubMutationVariables = Exact<{
  input: ConnectGithubInput;
}>;

export type ConnectGithubMutation = {
  connectGithub: {
    githubAccount: {
      login: string;
      name: string | null;
      scopes: Array<string>;
      connectedAt: string;
      problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
    } | null;
  };
};

export type DisconnectGithubMutationVariables = Exact<{
  input: DisconnectGithubInput;
}>;

export type DisconnectGithubMutation = { disconnectGithub: { login: string | null } };

export type GithubLoginSubscriptionVariables = Exact<{
  id: Scalars['ID']['input'];
}>;

export type GithubLoginSubscription = {
  githubLogin: {
    id: string;
    state: GithubLoginState;
    userCode: string;
    verificationUrl: string;
    expiresAt: string;
    problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
  };
};

export type HomeQueryVariables = Exact<{
  decisions: Scalars['Int']['input'];
  projects: Scalars['Int']['input'];
}>;

export type HomeQuery = {
  cursor: string;
  viewer: {
    scopes: Array<Scope>;
    serverVersion: string;
    device: {
      id: string;
      name: string;
      scopes: Array<Scope>;
      createdAt: string;
      lastSeenAt: string | null;
      isCurrent: boolean;
    };
  };
  decisions: {
    nodes: Array<
      | {
          __typename: 'PermissionRequest';
          tool: string;
          patterns: Array<string>;
          command: string | null;
          path: string | null;
          url: string | null;
          diff: string | null;
          isDiffCut: boolean;
          always: Array<string>;
          alwaysScope: string | null;
          id: string;
          state: DecisionState;
          risks: Array<Risk>;
          createdAt: string;
          decidedAt: string | null;
          isByPolicy: boolean;
          withdrawnBecause: WithdrawnBecause | null;
          expiresAt: string | null;
          answer: { reply: PermissionReply; message: string | null } | null;
          project: { id: string; slug: string; name: string };
          session: { id: string; title: string } | null;
          rootSession: { id: string; title: string } | null;
          decidedBy: { id: string; name: string } | null;
        }
      | {
          __typename: 'Question';
          answers: Array<Array<string>> | null;
          id: string;
          state: DecisionState;
          risks: Array<Risk>;
          createdAt: string;
          decidedAt: string | null;
          isByPolicy: boolean;
          withdrawnBecause: WithdrawnBecause | null;
          expiresAt: string | null;
          prompts: Array<{
            question: string;
            header: string;
            isMultiple: boolean;
            isCustom: boolean;
            options: Array<{ label: string; description: string }>;
          }>;
          project: { id: string; slug: string; name: string };
          session: { id: string; title: string } | null;
          rootSession: { id: string; title: string } | null;
          decidedBy: { id: string; name: string } | null;
        }
    >;
    pageInfo: { endCursor: string | null; hasNextPage: boolean };
  };
  projects: {
    nodes: Array<{
      id: string;
      name: string;
      slug: string;
      description: string | null;
      status: ProjectStatus;
      createdAt: string;
      updatedAt: string;
      sessions: {
        nodes: Array<{
          id: string;
          title: string;
          status: SessionStatus;
          isForkPending: boolean;
          summaryRequestedAt: string | null;
          archivedAt: string | null;
          createdAt: string;
          updatedAt: string;
          activity: { line: string; since: string } | null;
          project: { id: string; slug: string; name: string };
          parent: { id: string } | null;
          forkedFrom: { id: string } | null;
          revertedTo: { id: string } | null;
        }>;
      };
      sleep: { because: SleepReason; since: string; wakingSince: string | null } | null;
      problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
      operation: {
        id: string;
        kind: OperationKind;
        state: OperationState;
        attempts: number;
        createdAt: string;
        startedAt: string | null;
        finishedAt: string | null;
        project: { id: string; slug: string; name: string } | null;
        steps: Array<{
          name: OperationStepName;
          state: OperationStepState;
          detail: string | null;
          startedAt: string | null;
          finishedAt: string | null;
        }>;
        problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
      } | null;
      repository: { forge: ForgeKind; cloneUrl: string; defaultBranch: string | null } | null;
      container: {
        host: HostKind;
        state: ContainerState;
        health: ContainerHealth;
        agentVersion: string | null;
        port: number | null;
        startedAt: string | null;
        exitCode: number | null;
      } | null;
      server: { id: string; name: string };
    }>;
    pageInfo: { endCursor: string | null; hasNextPage: boolean };
  };
  servers: Array<{
    id: string;
    name: string;
    address: string | null;
    host: HostKind;
    status: ServerStatus;
    checkedAt: string | null;
    problems: Array<string>;
    resources: {
      at: string;
      cpu: { used: number; total: number; unit: ResourceUnit } | null;
      memory: { used: number; total: number; unit: ResourceUnit } | null;
      disk: { used: number; total: number; unit: ResourceUnit } | null;
    } | null;
  }>;
};

export type HomeProjectsQueryVariables = Exact<{
  first: Scalars['Int']['input'];
  after?: InputMaybe<Scalars['String']['input']>;
}>;

export type HomeProjectsQuery = {
  projects: {
    nodes: Array<{
      id: string;
      name: string;
      slug: string;
      description: string | null;
      status: ProjectStatus;
      createdAt: string;
      updatedAt: string;
      sessions: {
        nodes: Array<{
          id: string;
          title: string;
          status: SessionStatus;
          isForkPending: boolean;
          summaryRequestedAt: string | null;
          archivedAt: string | null;
          createdAt: string;
          updatedAt: string;
          activity: { line: string; since: string } | null;
          project: { id: string; slug: string; name: string };
          parent: { id: string } | null;
          forkedFrom: { id: string } | null;
          revertedTo: { id: string } | null;
        }>;
      };
      sleep: { because: SleepReason; since: string; wakingSince: string | null } | null;
      problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
      operation: {
        id: string;
        kind: OperationKind;
        state: OperationState;
        attempts: number;
        createdAt: string;
        startedAt: string | null;
        finishedAt: string | null;
        project: { id: string; slug: string; name: string } | null;
        steps: Array<{
          name: OperationStepName;
          state: OperationStepState;
          detail: string | null;
          startedAt: string | null;
          finishedAt: string | null;
        }>;
        problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
      } | null;
      repository: { forge: ForgeKind; cloneUrl: string; defaultBranch: string | null } | null;
      container: {
        host: HostKind;
        state: ContainerState;
        health: ContainerHealth;
        agentVersion: string | null;
        port: number | null;
        startedAt: string | null;
        exitCode: number | null;
      } | null;
      server: { id: string; name: string };
    }>;
    pageInfo: { endCursor: string | null; hasNextPage: boolean };
  };
};

export type HomeProjectFieldsFragment = {
  id: string;
  name: string;
  slug: string;
  description: string | null;
  status: ProjectStatus;
  createdAt: string;
  updatedAt: string;
  sessions: {
    nodes: Array<{
      id: string;
      title: string;
      status: SessionStatus;
      isForkPending: boolean;
      summaryRequestedAt: string | null;
      archivedAt: string | null;
      createdAt: string;
      updatedAt: string;
      activity: { line: string; since: string } | null;
      project: { id: string; slug: string; name: string };
      parent: { id: string } | null;
      forkedFrom: { id: string } | null;
      revertedTo: { id: string } | null;
    }>;
  };
  sleep: { because: SleepReason; since: string; wakingSince: string | null } | null;
  problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
  operation: {
    id: string;
    kind: OperationKind;
    state: OperationState;
    attempts: number;
    createdAt: string;
    startedAt: string | null;
    finishedAt: string | null;
    project: { id: string; slug: string; name: string } | null;
    steps: Array<{
      name: OperationStepName;
      state: OperationStepState;
      detail: string | null;
      startedAt: string | null;
      finishedAt: string | null;
    }>;
    problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
  } | null;
  repository: { forge: ForgeKind; cloneUrl: string; defaultBranch: string | null } | null;
  container: {
    host: HostKind;
    state: ContainerState;
    health: ContainerHealth;
    agentVersion: string | null;
    port: number | null;
    startedAt: string | null;
    exitCode: number | null;
  } | null;
  server: { id: string; name: string };
};

export type ProjectsQueryVariables = Exact<{
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<ProjectFilter>;
  orderBy?: InputMaybe<ProjectOrder>;
}>;

export type ProjectsQuery = {
  projects: {
    totalCount: number;
    nodes: Array<{
      id: string;
      name: string;
      slug: string;
      description: string | null;
      status: ProjectStatus;
      createdAt: string;
      updatedAt: string;
      sleep: { because: SleepReason; since: string; wakingSince: string | null } | null;
      problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
      operation: {
        id: string;
        kind: OperationKind;
        state: OperationState;
        attempts: number;
        createdAt: string;
        startedAt: string | null;
        finishedAt: string | null;
        project: { id: string; slug: string; name: string } | null;
        steps: Array<{
          name: OperationStepName;
          state: OperationStepState;
          detail: string | null;
          startedAt: string | null;
          finishedAt: string | null;
        }>;
        problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
      } | null;
      repository: { forge: ForgeKind; cloneUrl: string; defaultBranch: string | null } | null;
      container: {
        host: HostKind;
        state: ContainerState;
        health: ContainerHealth;
        agentVersion: string | null;
        port: number | null;
        startedAt: string | null;
        exitCode: number | null;
      } | null;
      server: { id: string; name: string };
    }>;
    pageInfo: { endCursor: string | null; hasNextPage: boolean };
  };
};

export type ProjectQueryVariables = Exact<{
  by: ProjectBy;
}>;

export type ProjectQuery = {
  project: {
    id: string;
    name: string;
    slug: string;
    description: string | null;
    status: ProjectStatus;
    createdAt: string;
    updatedAt: string;
    sleep: { because: SleepReason; since: string; wakingSince: string | null } | null;
    problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
    operation: {
      id: string;
      kind: OperationKind;
      state: OperationState;
      attempts: number;
      createdAt: string;
      startedAt: string | null;
      finishedAt: string | null;
      project: { id: string; slug: string; name: string } | null;
      steps: Array<{
        name: OperationStepName;
        state: OperationStepState;
        detail: string | null;
        startedAt: string | null;
        finishedAt: string | null;
      }>;
      problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
    } | null;
    repository: { forge: ForgeKind; cloneUrl: string; defaultBranch: string | null } | null;
    container: {
      host: HostKind;
      state: ContainerState;
      health: ContainerHealth;
      agentVersion: string | null;
      port: number | null;
      startedAt: string | null;
      exitCode: number | null;
    } | null;
    server: { id: string; name: string };
  } | null;
};

export type ProjectDetailsQueryVariables = Exact<{
  by: ProjectBy;
}>;

export type ProjectDetailsQuery = {
  project: {
    id: string;
    name: string;
    slug: string;
    description: string | null;
    status: ProjectStatus;
    createdAt: string;
    updatedAt: string;
    source: {
      head: { oid: string; subject: string; author: string; committedAt: string } | null;
      branches: Array<{ name: string }> | null;
    } | null;
    agent: {
      host: HostKind;
      state: ContainerState;
      health: ContainerHealth;
      image: string | null;
      agentVersion: string | null;
      port: number | null;
      startedAt: string | null;
      exitCode: number | null;
      usage: { cpuCores: number; memoryBytes: number } | null;
    } | null;
    sleepSetting: { afterSeconds: number | null; isOwn: boolean; serverAfterSeconds: number | null };
    sleep: { because: SleepReason; since: string; wakingSince: string | null } | null;
    problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
    operation: {
      id: string;
      kind: OperationKind;
      state: OperationState;
      attempts: number;
      createdAt: string;
      startedAt: string | null;
      finishedAt: string | null;
      project: { id: string; slug: string; name: string } | null;
      steps: Array<{
        name: OperationStepName;
        state: OperationStepState;
        detail: string | null;
        startedAt: string | null;
        finishedAt: string | null;
      }>;
      problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
    } | null;
    repository: { forge: ForgeKind; cloneUrl: string; defaultBranch: string | null } | null;
    container: {
      host: HostKind;
      state: ContainerState;
      health: ContainerHealth;
      agentVersion: string | null;
      port: number | null;
      startedAt: string | null;
      exitCode: number | null;
    } | null;
    server: { id: string; name: string };
  } | null;
};

export type ProjectLogsQueryVariables = Exact<{
  by: ProjectBy;
  lines?: InputMaybe<Scalars['Int']['input']>;
}>;

export type ProjectLogsQuery = {
  project: { container: { logs: Array<{ at: string | null; text: string }> | null } | null } | null;
};

export type CheckGitUrlQueryVariables = Exact<{
  url: Scalars['String']['input'];
}>;

export type CheckGitUrlQuery = {
  checkGitUrl: {
    isUsable: boolean;
    defaultBranch: string | null;
    branches: Array<string>;
    tags: Array<string>;
    problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
  };
};

export type CreateProjectMutationVariables = Exact<{
  input: CreateProjectInput;
}>;

export type CreateProjectMutation = {
  createProject: {
    project: {
      id: string;
      name: string;
      slug: string;
      description: string | null;
      status: ProjectStatus;
      createdAt: string;
      updatedAt: string;
      sleep: { because: SleepReason; since: string; wakingSince: string | null } | null;
      problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
      operation: {
        id: string;
        kind: OperationKind;
        state: OperationState;
        attempts: number;
        createdAt: string;
        startedAt: string | null;
        finishedAt: string | null;
        project: { id: string; slug: string; name: string } | null;
        steps: Array<{
          name: OperationStepName;
          state: OperationStepState;
          detail: string | null;
          startedAt: string | null;
          finishedAt: string | null;
        }>;
        problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
      } | null;
      repository: { forge: ForgeKind; cloneUrl: string; defaultBranch: string | null } | null;
      container: {
        host: HostKind;
        state: ContainerState;
        health: ContainerHealth;
        agentVersion: string | null;
        port: number | null;
        startedAt: string | null;
        exitCode: number | null;
      } | null;
      server: { id: string; name: string };
    };
    operation: {
      id: string;
      kind: OperationKind;
      state: OperationState;
      attempts: number;
      createdAt: string;
      startedAt: string | null;
      finishedAt: string | null;
      project: { id: string; slug: string; name: string } | null;
      steps: Array<{
        name: OperationStepName;
        state: OperationStepState;
        detail: string | null;
        startedAt: string | null;
        finishedAt: string | null;
      }>;
      problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
    };
  };
};

export type UpdateProjectMutationVariables = Exact<{
  input: UpdateProjectInput;
}>;

export type UpdateProjectMutation = {
  updateProject: {
    project: {
      id: string;
      name: string;
      slug: string;
      description: string | null;
      status: ProjectStatus;
      createdAt: string;
      updatedAt: string;
      sleep: { because: SleepReason; since: string; wakingSince: string | null } | null;
      problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
      operation: {
        id: string;
        kind: OperationKind;
        state: OperationState;
        attempts: number;
        createdAt: string;
        startedAt: string | null;
        finishedAt: string | null;
        project: { id: string; slug: string; name: string } | null;
        steps: Array<{
          name: OperationStepName;
          state: OperationStepState;
          detail: string | null;
          startedAt: string | null;
          finishedAt: string | null;
        }>;
        problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
      } | null;
      repository: { forge: ForgeKind; cloneUrl: string; defaultBranch: string | null } | null;
      container: {
        host: HostKind;
        state: ContainerState;
        health: ContainerHealth;
        agentVersion: string | null;
        port: number | null;
        startedAt: string | null;
        exitCode: number | null;
      } | null;
      server: { id: string; name: string };
    };
  };
};

export type StartProjectMutationVariables = Exact<{
  input: StartProjectInput;
}>;

export type StartProjectMutation = {
  startProject: {
    project: {
      id: string;
      name: string;
      slug: string;
      description: string | null;
      status: ProjectStatus;
      createdAt: string;
      updatedAt: string;
      sleep: { because: SleepReason; since: string; wakingSince: string | null } | null;
      problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
      operation: {
        id: string;
        kind: OperationKind;
        state: OperationState;
        attempts: number;
        createdAt: string;
        startedAt: string | null;
        finishedAt: string | null;
        project: { id: string; slug: string; name: string } | null;
        steps: Array<{
          name: OperationStepName;
          state: OperationStepState;
          detail: string | null;
          startedAt: string | null;
          finishedAt: string | null;
        }>;
        problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
      } | null;
      repository: { forge: ForgeKind; cloneUrl: string; defaultBranch: string | null } | null;
      container: {
        host: HostKind;
        state: ContainerState;
        health: ContainerHealth;
        agentVersion: string | null;
        port: number | null;
        startedAt: string | null;
        exitCode: number | null;
      } | null;
      server: { id: string; name: string };
    };
    operation: {
      id: string;
      kind: OperationKind;
      state: OperationState;
      attempts: number;
      createdAt: string;
      startedAt: string | null;
      finishedAt: string | null;
      project: { id: string; slug: string; name: string } | null;
      steps: Array<{
        name: OperationStepName;
        state: OperationStepState;
        detail: string | null;
        startedAt: string | null;
        finishedAt: string | null;
      }>;
      problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
    };
  };
};

export type StopProjectMutationVariables = Exact<{
  input: StopProjectInput;
}>;

export type StopProjectMutation = {
  stopProject: {
    project: {
      id: string;
      name: string;
      slug: string;
      description: string | null;
      status: ProjectStatus;
      createdAt: string;
      updatedAt: string;
      sleep: { because: SleepReason; since: string; wakingSince: string | null } | null;
      problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
      operation: {
        id: string;
        kind: OperationKind;
        state: OperationState;
        attempts: number;
        createdAt: string;
        startedAt: string | null;
        finishedAt: string | null;
        project: { id: string; slug: string; name: string } | null;
        steps: Array<{
          name: OperationStepName;
          state: OperationStepState;
          detail: string | null;
          startedAt: string | null;
          finishedAt: string | null;
        }>;
        problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
      } | null;
      repository: { forge: ForgeKind; cloneUrl: string; defaultBranch: string | null } | null;
      container: {
        host: HostKind;
        state: ContainerState;
        health: ContainerHealth;
        agentVersion: string | null;
        port: number | null;
        startedAt: string | null;
        exitCode: number | null;
      } | null;
      server: { id: string; name: string };
    };
    operation: {
      id: string;
      kind: OperationKind;
      state: OperationState;
      attempts: number;
      createdAt: string;
      startedAt: string | null;
      finishedAt: string | null;
      project: { id: string; slug: string; name: string } | null;
      steps: Array<{
        name: OperationStepName;
        state: OperationStepState;
        detail: string | null;
        startedAt: string | null;
        finishedAt: string | null;
      }>;
      problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
    };
  };
};

export type RestartProjectMutationVariables = Exact<{
  input: RestartProjectInput;
}>;

export type RestartProjectMutation = {
  restartProject: {
    project: {
      id: string;
      name: string;
      slug: string;
      description: string | null;
      status: ProjectStatus;
      createdAt: string;
      updatedAt: string;
      sleep: { because: SleepReason; since: string; wakingSince: string | null } | null;
      problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
      operation: {
        id: string;
        kind: OperationKind;
        state: OperationState;
        attempts: number;
        createdAt: string;
        startedAt: string | null;
        finishedAt: string | null;
        project: { id: string; slug: string; name: string } | null;
        steps: Array<{
          name: OperationStepName;
          state: OperationStepState;
          detail: string | null;
          startedAt: string | null;
          finishedAt: string | null;
        }>;
        problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
      } | null;
      repository: { forge: ForgeKind; cloneUrl: string; defaultBranch: string | null } | null;
      container: {
        host: HostKind;
        state: ContainerState;
        health: ContainerHealth;
        agentVersion: string | null;
        port: number | null;
        startedAt: string | null;
        exitCode: number | null;
      } | null;
      server: { id: string; name: string };
    };
    operation: {
      id: string;
      kind: OperationKind;
      state: OperationState;
      attempts: number;
      createdAt: string;
      startedAt: string | null;
      finishedAt: string | null;
      project: { id: string; slug: string; name: string } | null;
      steps: Array<{
        name: OperationStepName;
        state: OperationStepState;
        detail: string | null;
        startedAt: string | null;
        finishedAt: string | null;
      }>;
      problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
    };
  };
};

export type SleepProjectMutationVariables = Exact<{
  input: SleepProjectInput;
}>;

export type SleepProjectMutation = {
  sleepProject: {
    project: {
      id: string;
      name: string;
      slug: string;
      description: string | null;
      status: ProjectStatus;
      createdAt: string;
      updatedAt: string;
      sleep: { because: SleepReason; since: string; wakingSince: string | null } | null;
      problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
      operation: {
        id: string;
        kind: OperationKind;
        state: OperationState;
        attempts: number;
        createdAt: string;
        startedAt: string | null;
        finishedAt: string | null;
        project: { id: string; slug: string; name: string } | null;
        steps: Array<{
          name: OperationStepName;
          state: OperationStepState;
          detail: string | null;
          startedAt: string | null;
          finishedAt: string | null;
        }>;
        problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
      } | null;
      repository: { forge: ForgeKind; cloneUrl: string; defaultBranch: string | null } | null;
      container: {
        host: HostKind;
        state: ContainerState;
        health: ContainerHealth;
        agentVersion: string | null;
        port: number | null;
        startedAt: string | null;
        exitCode: number | null;
      } | null;
      server: { id: string; name: string };
    };
    operation: {
      id: string;
      kind: OperationKind;
      state: OperationState;
      attempts: number;
      createdAt: string;
      startedAt: string | null;
      finishedAt: string | null;
      project: { id: string; slug: string; name: string } | null;
      steps: Array<{
        name: OperationStepName;
        state: OperationStepState;
        detail: string | null;
        startedAt: string | null;
        finishedAt: string | null;
      }>;
      problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
    };
  };
};

export type WakeProjectMutationVariables = Exact<{
  input: WakeProjectInput;
}>;

export type WakeProjectMutation = {
  wakeProject: {
    project: {
      id: string;
      name: string;
      slug: string;
      description: string | null;
      status: ProjectStatus;
      createdAt: string;
      updatedAt: string;
      sleep: { because: SleepReason; since: string; wakingSince: string | null } | null;
      problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
      operation: {
        id: string;
        kind: OperationKind;
        state: OperationState;
        attempts: number;
        createdAt: string;
        startedAt: string | null;
        finishedAt: string | null;
        project: { id: string; slug: string; name: string } | null;
        steps: Array<{
          name: OperationStepName;
          state: OperationStepState;
          detail: string | null;
          startedAt: string | null;
          finishedAt: string | null;
        }>;
        problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
      } | null;
      repository: { forge: ForgeKind; cloneUrl: string; defaultBranch: string | null } | null;
      container: {
        host: HostKind;
        state: ContainerState;
        health: ContainerHealth;
        agentVersion: string | null;
        port: number | null;
        startedAt: string | null;
        exitCode: number | null;
      } | null;
      server: { id: string; name: string };
    };
    operation: {
      id: string;
      kind: OperationKind;
      state: OperationState;
      attempts: number;
      createdAt: string;
      startedAt: string | null;
      finishedAt: string | null;
      project: { id: string; slug: string; name: string } | null;
      steps: Array<{
        name: OperationStepName;
        state: OperationStepState;
        detail: string | null;
        startedAt: string | null;
        finishedAt: string | null;
      }>;
      problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
    };
  };
};

export type SetSleepSettingMutationVariables = Exact<{
  input: SetSleepSettingInput;
}>;

export type SetSleepSettingMutation = {
  setSleepSetting: {
    project: {
      id: string;
      sleepSetting: { afterSeconds: number | null; isOwn: boolean; serverAfterSeconds: number | null };
    };
  };
};

export type SleepSettingQueryVariables = Exact<{
  by: ProjectBy;
}>;

export type SleepSettingQuery = {
  project: {
    id: string;
    sleepSetting: { afterSeconds: number | null; isOwn: boolean; serverAfterSeconds: number | null };
  } | null;
};

export type DeleteProjectMutationVariables = Exact<{
  input: DeleteProjectInput;
}>;

export type DeleteProjectMutation = {
  deleteProject: {
    project: {
      id: string;
      name: string;
      slug: string;
      description: string | null;
      status: ProjectStatus;
      createdAt: string;
      updatedAt: string;
      sleep: { because: SleepReason; since: string; wakingSince: string | null } | null;
      problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
      operation: {
        id: string;
        kind: OperationKind;
        state: OperationState;
        attempts: number;
        createdAt: string;
        startedAt: string | null;
        finishedAt: string | null;
        project: { id: string; slug: string; name: string } | null;
        steps: Array<{
          name: OperationStepName;
          state: OperationStepState;
          detail: string | null;
          startedAt: string | null;
          finishedAt: string | null;
        }>;
        problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
      } | null;
      repository: { forge: ForgeKind; cloneUrl: string; defaultBranch: string | null } | null;
      container: {
        host: HostKind;
        state: ContainerState;
        health: ContainerHealth;
        agentVersion: string | null;
        port: number | null;
        startedAt: string | null;
        exitCode: number | null;
      } | null;
      server: { id: string; name: string };
    };
    operation: {
      id: string;
      kind: OperationKind;
      state: OperationState;
      attempts: number;
      createdAt: string;
      startedAt: string | null;
      finishedAt: string | null;
      project: { id: string; slug: string; name: string } | null;
      steps: Array<{
        name: OperationStepName;
        state: OperationStepState;
        detail: string | null;
        startedAt: string | null;
        finishedAt: string | null;
      }>;
      problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
    };
  };
};

export type ContainerStatusSubscriptionVariables = Exact<{
  project: Scalars['ID']['input'];
}>;

export type ContainerStatusSubscription = {
  containerStatus: {
    host: HostKind;
    state: ContainerState;
    health: ContainerHealth;
    image: string | null;
    agentVersion: string | null;
    port: number | null;
    startedAt: string | null;
    exitCode: number | null;
    usage: { cpuCores: number; memoryBytes: number } | null;
  };
};

export type ServersQueryVariables = Exact<{ [key: string]: never }>;

export type ServersQuery = {
  servers: Array<{
    id: string;
    name: string;
    address: string | null;
    host: HostKind;
    status: ServerStatus;
    checkedAt: string | null;
    problems: Array<string>;
    resources: {
      at: string;
      cpu: { used: number; total: number; unit: ResourceUnit } | null;
      memory: { used: number; total: number; unit: ResourceUnit } | null;
      disk: { used: number; total: number; unit: ResourceUnit } | null;
    } | null;
  }>;
};

export type ServerResourcesSubscriptionVariables = Exact<{
  server: Scalars['ID']['input'];
}>;

export type ServerResourcesSubscription = {
  serverResources: {
    at: string;
    cpu: { used: number; total: number; unit: ResourceUnit } | null;
    memory: { used: number; total: number; unit: ResourceUnit } | null;
    disk: { used: number; total: number; unit: ResourceUnit } | null;
  };
};

export type SessionsQueryVariables = Exact<{
  by: ProjectBy;
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['String']['input']>;
  archived?: InputMaybe<Scalars['Boolean']['input']>;
}>;

export type SessionsQuery = {
  project: {
    sessions: {
      nodes: Array<{
        id: string;
        title: string;
        status: SessionStatus;
        isForkPending: boolean;
        summaryRequestedAt: string | null;
        archivedAt: string | null;
        createdAt: string;
        updatedAt: string;
        activity: { line: string; since: string } | null;
        project: { id: string; slug: string; name: string };
        parent: { id: string } | null;
        forkedFrom: { id: string } | null;
        revertedTo: { id: string } | null;
      }>;
      pageInfo: { endCursor: string | null; hasNextPage: boolean };
    };
  } | null;
};

export type SessionQueryVariables = Exact<{
  id: Scalars['ID']['input'];
}>;

export type SessionQuery = {
  session: {
    id: string;
    title: string;
    status: SessionStatus;
    isForkPending: boolean;
    summaryRequestedAt: string | null;
    archivedAt: string | null;
    createdAt: string;
    updatedAt: string;
    activity: { line: string; since: string } | null;
    project: { id: string; slug: string; name: string };
    parent: { id: string } | null;
    forkedFrom: { id: string } | null;
    revertedTo: { id: string } | null;
  } | null;
};

export type MessagesQueryVariables = Exact<{
  session: Scalars['ID']['input'];
  last?: InputMaybe<Scalars['Int']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
}>;

export type MessagesQuery = {
  session: {
    messages: {
      nodes: Array<{
        id: string;
        role: MessageRole;
        delivery: DeliveryState | null;
        agent: string | null;
        model: string | null;
        createdAt: string;
        completedAt: string | null;
        session: { id: string; project: { id: string } };
        parts: Array<
          | { __typename: 'TextPart'; id: string; text: string; isSynthetic: boolean; isComplete: boolean }
          | { __typename: 'ReasoningPart'; id: string; text: string; isComplete: boolean }
          | {
              __typename: 'ToolPart';
              id: string;
              tool: string;
              state: ToolState;
              title: string | null;
              input: unknown;
              output: string | null;
              isOutputCut: boolean;
              error: string | null;
              startedAt: string | null;
              endedAt: string | null;
              childSession: { id: string } | null;
            }
          | {
              __typename: 'FilePart';
              id: string;
              mime: string;
              filename: string | null;
              size: number | null;
              path: string | null;
              attachment: string | null;
            }
          | { __typename: 'PatchPart'; id: string; files: Array<string> }
          | { __typename: 'StepPart'; id: string; kind: StepKind; reason: string | null }
          | { __typename: 'SubtaskPart'; id: string; agent: string; description: string; prompt: string }
          | { __typename: 'CommandPart'; id: string; name: string; arguments: string }
          | { __typename: 'UnknownPart'; id: string; json: unknown; partKind: string }
        >;
        error: { name: string; message: string; isRetryable: boolean; statusCode: number | null } | null;
        usage: {
          inputTokens: number;
          outputTokens: number;
          reasoningTokens: number;
          cacheReadTokens: number;
          cacheWriteTokens: number;
          costUsd: number | null;
        } | null;
        changes: Array<{ path: string; kind: FileChange; additions: number | null; deletions: number | null }>;
      }>;
      pageInfo: { startCursor: string | null; hasPreviousPage: boolean };
    };
  } | null;
};

export type MessagePlacesQueryVariables = Exact<{
  session: Scalars['ID']['input'];
  last: Scalars['Int']['input'];
  before?: InputMaybe<Scalars['String']['input']>;
}>;

export type MessagePlacesQuery = {
  session: { messages: { nodes: Array<{ id: string }>; pageInfo: { startCursor: string | null } } } | null;
};

export type TodosQueryVariables = Exact<{
  session: Scalars['ID']['input'];
}>;

export type TodosQuery = {
  session: { todos: Array<{ content: string; status: TodoStatus; priority: TodoPriority }> } | null;
};

export type SessionChangesQueryVariables = Exact<{
  session: Scalars['ID']['input'];
}>;

export type SessionChangesQuery = {
  session: {
    changes: Array<{ path: string; kind: FileChange; additions: number; deletions: number; turns: number }>;
  } | null;
};

export type TurnChangesQueryVariables = Exact<{
  message: Scalars['ID']['input'];
  withGenerated?: InputMaybe<Scalars['Boolean']['input']>;
}>;

export type TurnChangesQuery = {
  node:
    | { __typename: 'Device' }
    | {
        __typename: 'Message';
        changes: Array<{
          path: string;
          oldPath: string | null;
          kind: FileChange;
          shown: DiffShown;
          additions: number | null;
          deletions: number | null;
          isCut: boolean;
          hunks: Array<{
            oldStart: number;
            oldLines: number;
            newStart: number;
            newLines: number;
            foldedBefore: number;
            lines: Array<{
              kind: DiffLineKind;
              oldNumber: number | null;
              newNumber: number | null;
              text: string;
              isCut: boolean;
              lacksNewline: boolean;
              marks: Array<{ start: number; end: number }>;
            }>;
          }>;
        }>;
      }
    | { __typename: 'Operation' }
    | { __typename: 'PermissionRequest' }
    | { __typename: 'Project' }
    | { __typename: 'Question' }
    | { __typename: 'Server' }
    | { __typename: 'Session' }
    | null;
};

export type CreateSessionMutationVariables = Exact<{
  input: CreateSessionInput;
}>;

export type CreateSessionMutation = {
  createSession: {
    session: {
      id: string;
      title: string;
      status: SessionStatus;
      isForkPending: boolean;
      summaryRequestedAt: string | null;
      archivedAt: string | null;
      createdAt: string;
      updatedAt: string;
      activity: { line: string; since: string } | null;
      project: { id: string; slug: string; name: string };
      parent: { id: string } | null;
      forkedFrom: { id: string } | null;
      revertedTo: { id: string } | null;
    };
  };
};

export type RenameSessionMutationVariables = Exact<{
  input: RenameSessionInput;
}>;

export type RenameSessionMutation = {
  renameSession: {
    session: {
      id: string;
      title: string;
      status: SessionStatus;
      isForkPending: boolean;
      summaryRequestedAt: string | null;
      archivedAt: string | null;
      createdAt: string;
      updatedAt: string;
      activity: { line: string; since: string } | null;
      project: { id: string; slug: string; name: string };
      parent: { id: string } | null;
      forkedFrom: { id: string } | null;
      revertedTo: { id: string } | null;
    };
  };
};

export type DeleteSessionMutationVariables = Exact<{
  input: DeleteSessionInput;
}>;

export type DeleteSessionMutation = { deleteSession: { sessionId: string } };

export type ForkSessionMutationVariables = Exact<{
  input: ForkSessionInput;
}>;

export type ForkSessionMutation = {
  forkSession: {
    session: {
      id: string;
      title: string;
      status: SessionStatus;
      isForkPending: boolean;
      summaryRequestedAt: string | null;
      archivedAt: string | null;
      createdAt: string;
      updatedAt: string;
      activity: { line: string; since: string } | null;
      project: { id: string; slug: string; name: string };
      parent: { id: string } | null;
      forkedFrom: { id: string } | null;
      revertedTo: { id: string } | null;
    };
  };
};

export type RevertSessionMutationVariables = Exact<{
  input: RevertSessionInput;
}>;

export type RevertSessionMutation = {
  revertSession: {
    session: {
      id: string;
      title: string;
      status: SessionStatus;
      isForkPending: boolean;
      summaryRequestedAt: string | null;
      archivedAt: string | null;
      createdAt: string;
      updatedAt: string;
      activity: { line: string; since: string } | null;
      project: { id: string; slug: string; name: string };
      parent: { id: string } | null;
      forkedFrom: { id: string } | null;
      revertedTo: { id: string } | null;
    };
  };
};

export type UnrevertSessionMutationVariables = Exact<{
  input: UnrevertSessionInput;
}>;

export type UnrevertSessionMutation = {
  unrevertSession: {
    session: {
      id: string;
      title: string;
      status: SessionStatus;
      isForkPending: boolean;
      summaryRequestedAt: string | null;
      archivedAt: string | null;
      createdAt: string;
      updatedAt: string;
      activity: { line: string; since: string } | null;
      project: { id: string; slug: string; name: string };
      parent: { id: string } | null;
      forkedFrom: { id: string } | null;
      revertedTo: { id: string } | null;
    };
  };
};

export type SummarizeSessionMutationVariables = Exact<{
  input: SummarizeSessionInput;
}>;

export type SummarizeSessionMutation = {
  summarizeSession: {
    session: {
      id: string;
      title: string;
      status: SessionStatus;
      isForkPending: boolean;
      summaryRequestedAt: string | null;
      archivedAt: string | null;
      createdAt: string;
      updatedAt: string;
      activity: { line: string; since: string } | null;
      project: { id: string; slug: string; name: string };
      parent: { id: string } | null;
      forkedFrom: { id: string } | null;
      revertedTo: { id: string } | null;
    };
  };
};

export type ArchiveSessionMutationVariables = Exact<{
  input: ArchiveSessionInput;
}>;

export type ArchiveSessionMutation = {
  archiveSession: {
    session: {
      id: string;
      title: string;
      status: SessionStatus;
      isForkPending: boolean;
      summaryRequestedAt: string | null;
      archivedAt: string | null;
      createdAt: string;
      updatedAt: string;
      activity: { line: string; since: string } | null;
      project: { id: string; slug: string; name: string };
      parent: { id: string } | null;
      forkedFrom: { id: string } | null;
      revertedTo: { id: string } | null;
    };
  };
};

export type UnarchiveSessionMutationVariables = Exact<{
  input: UnarchiveSessionInput;
}>;

export type UnarchiveSessionMutation = {
  unarchiveSession: {
    session: {
      id: string;
      title: string;
      status: SessionStatus;
      isForkPending: boolean;
      summaryRequestedAt: string | null;
      archivedAt: string | null;
      createdAt: string;
      updatedAt: string;
      activity: { line: string; since: string } | null;
      project: { id: string; slug: string; name: string };
      parent: { id: string } | null;
      forkedFrom: { id: string } | null;
      revertedTo: { id: string } | null;
    };
  };
};

export type SendPromptMutationVariables = Exact<{
  input: SendPromptInput;
}>;

export type SendPromptMutation = {
  sendPrompt: {
    message: {
      id: string;
      role: MessageRole;
      delivery: DeliveryState | null;
      agent: string | null;
      model: string | null;
      createdAt: string;
      completedAt: string | null;
      session: { id: string; project: { id: string } };
      parts: Array<
        | { __typename: 'TextPart'; id: string; text: string; isSynthetic: boolean; isComplete: boolean }
        | { __typename: 'ReasoningPart'; id: string; text: string; isComplete: boolean }
        | {
            __typename: 'ToolPart';
            id: string;
            tool: string;
            state: ToolState;
            title: string | null;
            input: unknown;
            output: string | null;
            isOutputCut: boolean;
            error: string | null;
            startedAt: string | null;
            endedAt: string | null;
            childSession: { id: string } | null;
          }
        | {
            __typename: 'FilePart';
            id: string;
            mime: string;
            filename: string | null;
            size: number | null;
            path: string | null;
            attachment: string | null;
          }
        | { __typename: 'PatchPart'; id: string; files: Array<string> }
        | { __typename: 'StepPart'; id: string; kind: StepKind; reason: string | null }
        | { __typename: 'SubtaskPart'; id: string; agent: string; description: string; prompt: string }
        | { __typename: 'CommandPart'; id: string; name: string; arguments: string }
        | { __typename: 'UnknownPart'; id: string; json: unknown; partKind: string }
      >;
      error: { name: string; message: string; isRetryable: boolean; statusCode: number | null } | null;
      usage: {
        inputTokens: number;
        outputTokens: number;
        reasoningTokens: number;
        cacheReadTokens: number;
        cacheWriteTokens: number;
        costUsd: number | null;
      } | null;
      changes: Array<{ path: string; kind: FileChange; additions: number | null; deletions: number | null }>;
    };
  };
};

export type RunCommandMutationVariables = Exact<{
  input: RunCommandInput;
}>;

export type RunCommandMutation = {
  runCommand: {
    message: {
      id: string;
      role: MessageRole;
      delivery: DeliveryState | null;
      agent: string | null;
      model: string | null;
      createdAt: string;
      completedAt: string | null;
      session: { id: string; project: { id: string } };
      parts: Array<
        | { __typename: 'TextPart'; id: string; text: string; isSynthetic: boolean; isComplete: boolean }
        | { __typename: 'ReasoningPart'; id: string; text: string; isComplete: boolean }
        | {
            __typename: 'ToolPart';
            id: string;
            tool: string;
            state: ToolState;
            title: string | null;
            input: unknown;
            output: string | null;
            isOutputCut: boolean;
            error: string | null;
            startedAt: string | null;
            endedAt: string | null;
            childSession: { id: string } | null;
          }
        | {
            __typename: 'FilePart';
            id: string;
            mime: string;
            filename: string | null;
            size: number | null;
            path: string | null;
            attachment: string | null;
          }
        | { __typename: 'PatchPart'; id: string; files: Array<string> }
        | { __typename: 'StepPart'; id: string; kind: StepKind; reason: string | null }
        | { __typename: 'SubtaskPart'; id: string; agent: string; description: string; prompt: string }
        | { __typename: 'CommandPart'; id: string; name: string; arguments: string }
        | { __typename: 'UnknownPart'; id: string; json: unknown; partKind: string }
      >;
      error: { name: string; message: string; isRetryable: boolean; statusCode: number | null } | null;
      usage: {
        inputTokens: number;
        outputTokens: number;
        reasoningTokens: number;
        cacheReadTokens: number;
        cacheWriteTokens: number;
        costUsd: number | null;
      } | null;
      changes: Array<{ path: string; kind: FileChange; additions: number | null; deletions: number | null }>;
    };
  };
};

export type CancelPromptMutationVariables = Exact<{
  input: CancelPromptInput;
}>;

export type CancelPromptMutation = {
  cancelPrompt: {
    message: {
      id: string;
      role: MessageRole;
      delivery: DeliveryState | null;
      agent: string | null;
      model: string | null;
      createdAt: string;
      completedAt: string | null;
      session: { id: string; project: { id: string } };
      parts: Array<
        | { __typename: 'TextPart'; id: string; text: string; isSynthetic: boolean; isComplete: boolean }
        | { __typename: 'ReasoningPart'; id: string; text: string; isComplete: boolean }
        | {
            __typename: 'ToolPart';
            id: string;
            tool: string;
            state: ToolState;
            title: string | null;
            input: unknown;
            output: string | null;
            isOutputCut: boolean;
            error: string | null;
            startedAt: string | null;
            endedAt: string | null;
            childSession: { id: string } | null;
          }
        | {
            __typename: 'FilePart';
            id: string;
            mime: string;
            filename: string | null;
            size: number | null;
            path: string | null;
            attachment: string | null;
          }
        | { __typename: 'PatchPart'; id: string; files: Array<string> }
        | { __typename: 'StepPart'; id: string; kind: StepKind; reason: string | null }
        | { __typename: 'SubtaskPart'; id: string; agent: string; description: string; prompt: string }
        | { __typename: 'CommandPart'; id: string; name: string; arguments: string }
        | { __typename: 'UnknownPart'; id: string; json: unknown; partKind: string }
      >;
      error: { name: string; message: string; isRetryable: boolean; statusCode: number | null } | null;
      usage: {
        inputTokens: number;
        outputTokens: number;
        reasoningTokens: number;
        cacheReadTokens: number;
        cacheWriteTokens: number;
        costUsd: number | null;
      } | null;
      changes: Array<{ path: string; kind: FileChange; additions: number | null; deletions: number | null }>;
    };
  };
};

export type RetryPromptMutationVariables = Exact<{
  input: RetryPromptInput;
}>;

export type RetryPromptMutation = {
  retryPrompt: {
    message: {
      id: string;
      role: MessageRole;
      delivery: DeliveryState | null;
      agent: string | null;
      model: string | null;
      createdAt: string;
      completedAt: string | null;
      session: { id: string; project: { id: string } };
      parts: Array<
        | { __typename: 'TextPart'; id: string; text: string; isSynthetic: boolean; isComplete: boolean }
        | { __typename: 'ReasoningPart'; id: string; text: string; isComplete: boolean }
        | {
            __typename: 'ToolPart';
            id: string;
            tool: string;
            state: ToolState;
            title: string | null;
            input: unknown;
            output: string | null;
            isOutputCut: boolean;
            error: string | null;
            startedAt: string | null;
            endedAt: string | null;
            childSession: { id: string } | null;
          }
        | {
            __typename: 'FilePart';
            id: string;
            mime: string;
            filename: string | null;
            size: number | null;
            path: string | null;
            attachment: string | null;
          }
        | { __typename: 'PatchPart'; id: string; files: Array<string> }
        | { __typename: 'StepPart'; id: string; kind: StepKind; reason: string | null }
        | { __typename: 'SubtaskPart'; id: string; agent: string; description: string; prompt: string }
        | { __typename: 'CommandPart'; id: string; name: string; arguments: string }
        | { __typename: 'UnknownPart'; id: string; json: unknown; partKind: string }
      >;
      error: { name: string; message: string; isRetryable: boolean; statusCode: number | null } | null;
      usage: {
        inputTokens: number;
        outputTokens: number;
        reasoningTokens: number;
        cacheReadTokens: number;
        cacheWriteTokens: number;
        costUsd: number | null;
      } | null;
      changes: Array<{ path: string; kind: FileChange; additions: number | null; deletions: number | null }>;
    };
  };
};

export type AbortSessionMutationVariables = Exact<{
  input: AbortSessionInput;
}>;

export type AbortSessionMutation = {
  abortSession: {
    session: {
      id: string;
      title: string;
      status: SessionStatus;
      isForkPending: boolean;
      summaryRequestedAt: string | null;
      archivedAt: string | null;
      createdAt: string;
      updatedAt: string;
      activity: { line: string; since: string } | null;
      project: { id: string; slug: string; name: string };
      parent: { id: string } | null;
      forkedFrom: { id: string } | null;
      revertedTo: { id: string } | null;
    };
  };
};

export type ContinueSessionMutationVariables = Exact<{
  input: ContinueSessionInput;
}>;

export type ContinueSessionMutation = {
  continueSession: {
    message: {
      id: string;
      role: MessageRole;
      delivery: DeliveryState | null;
      agent: string | null;
      model: string | null;
      createdAt: string;
      completedAt: string | null;
      session: { id: string; project: { id: string } };
      parts: Array<
        | { __typename: 'TextPart'; id: string; text: string; isSynthetic: boolean; isComplete: boolean }
        | { __typename: 'ReasoningPart'; id: string; text: string; isComplete: boolean }
        | {
            __typename: 'ToolPart';
            id: string;
            tool: string;
            state: ToolState;
            title: string | null;
            input: unknown;
            output: string | null;
            isOutputCut: boolean;
            error: string | null;
            startedAt: string | null;
            endedAt: string | null;
            childSession: { id: string } | null;
          }
        | {
            __typename: 'FilePart';
            id: string;
            mime: string;
            filename: string | null;
            size: number | null;
            path: string | null;
            attachment: string | null;
          }
        | { __typename: 'PatchPart'; id: string; files: Array<string> }
        | { __typename: 'StepPart'; id: string; kind: StepKind; reason: string | null }
        | { __typename: 'SubtaskPart'; id: string; agent: string; description: string; prompt: string }
        | { __typename: 'CommandPart'; id: string; name: string; arguments: string }
        | { __typename: 'UnknownPart'; id: string; json: unknown; partKind: string }
      >;
      error: { name: string; message: string; isRetryable: boolean; statusCode: number | null } | null;
      usage: {
        inputTokens: number;
        outputTokens: number;
        reasoningTokens: number;
        cacheReadTokens: number;
        cacheWriteTokens: number;
        costUsd: number | null;
      } | null;
      changes: Array<{ path: string; kind: FileChange; additions: number | null; deletions: number | null }>;
    };
  };
};

export type SessionStreamSubscriptionVariables = Exact<{
  session: Scalars['ID']['input'];
}>;

export type SessionStreamSubscription = {
  sessionStream:
    | {
        __typename: 'SessionSnapshot';
        cursor: string;
        session: {
          id: string;
          title: string;
          status: SessionStatus;
          isForkPending: boolean;
          summaryRequestedAt: string | null;
          archivedAt: string | null;
          createdAt: string;
          updatedAt: string;
          activity: { line: string; since: string } | null;
          project: { id: string; slug: string; name: string };
          parent: { id: string } | null;
          forkedFrom: { id: string } | null;
          revertedTo: { id: string } | null;
        };
        messages: Array<{
          id: string;
          role: MessageRole;
          delivery: DeliveryState | null;
          agent: string | null;
          model: string | null;
          createdAt: string;
          completedAt: string | null;
          session: { id: string; project: { id: string } };
          parts: Array<
            | { __typename: 'TextPart'; id: string; text: string; isSynthetic: boolean; isComplete: boolean }
            | { __typename: 'ReasoningPart'; id: string; text: string; isComplete: boolean }
            | {
                __typename: 'ToolPart';
                id: string;
                tool: string;
                state: ToolState;
                title: string | null;
                input: unknown;
                output: string | null;
                isOutputCut: boolean;
                error: string | null;
                startedAt: string | null;
                endedAt: string | null;
                childSession: { id: string } | null;
              }
            | {
                __typename: 'FilePart';
                id: string;
                mime: string;
                filename: string | null;
                size: number | null;
                path: string | null;
                attachment: string | null;
              }
            | { __typename: 'PatchPart'; id: string; files: Array<string> }
            | { __typename: 'StepPart'; id: string; kind: StepKind; reason: string | null }
            | { __typename: 'SubtaskPart'; id: string; agent: string; description: string; prompt: string }
            | { __typename: 'CommandPart'; id: string; name: string; arguments: string }
            | { __typename: 'UnknownPart'; id: string; json: unknown; partKind: string }
          >;
          error: { name: string; message: string; isRetryable: boolean; statusCode: number | null } | null;
          usage: {
            inputTokens: number;
            outputTokens: number;
            reasoningTokens: number;
            cacheReadTokens: number;
            cacheWriteTokens: number;
            costUsd: number | null;
          } | null;
          changes: Array<{ path: string; kind: FileChange; additions: number | null; deletions: number | null }>;
        }>;
        todoList: { todos: Array<{ content: string; status: TodoStatus; priority: TodoPriority }> };
      }
    | {
        __typename: 'MessageChanged';
        messageId: string;
        message: {
          id: string;
          role: MessageRole;
          delivery: DeliveryState | null;
          agent: string | null;
          model: string | null;
          createdAt: string;
          completedAt: string | null;
          session: { id: string; project: { id: string } };
          parts: Array<
            | { __typename: 'TextPart'; id: string; text: string; isSynthetic: boolean; isComplete: boolean }
            | { __typename: 'ReasoningPart'; id: string; text: string; isComplete: boolean }
            | {
                __typename: 'ToolPart';
                id: string;
                tool: string;
                state: ToolState;
                title: string | null;
                input: unknown;
                output: string | null;
                isOutputCut: boolean;
                error: string | null;
                startedAt: string | null;
                endedAt: string | null;
                childSession: { id: string } | null;
              }
            | {
                __typename: 'FilePart';
                id: string;
                mime: string;
                filename: string | null;
                size: number | null;
                path: string | null;
                attachment: string | null;
              }
            | { __typename: 'PatchPart'; id: string; files: Array<string> }
            | { __typename: 'StepPart'; id: string; kind: StepKind; reason: string | null }
            | { __typename: 'SubtaskPart'; id: string; agent: string; description: string; prompt: string }
            | { __typename: 'CommandPart'; id: string; name: string; arguments: string }
            | { __typename: 'UnknownPart'; id: string; json: unknown; partKind: string }
          >;
          error: { name: string; message: string; isRetryable: boolean; statusCode: number | null } | null;
          usage: {
            inputTokens: number;
            outputTokens: number;
            reasoningTokens: number;
            cacheReadTokens: number;
            cacheWriteTokens: number;
            costUsd: number | null;
          } | null;
          changes: Array<{ path: string; kind: FileChange; additions: number | null; deletions: number | null }>;
        } | null;
      }
    | {
        __typename: 'PartChanged';
        messageId: string;
        part:
          | { __typename: 'TextPart'; id: string; text: string; isSynthetic: boolean; isComplete: boolean }
          | { __typename: 'ReasoningPart'; id: string; text: string; isComplete: boolean }
          | {
              __typename: 'ToolPart';
              id: string;
              tool: string;
              state: ToolState;
              title: string | null;
              input: unknown;
              output: string | null;
              isOutputCut: boolean;
              error: string | null;
              startedAt: string | null;
              endedAt: string | null;
              childSession: { id: string } | null;
            }
          | {
              __typename: 'FilePart';
              id: string;
              mime: string;
              filename: string | null;
              size: number | null;
              path: string | null;
              attachment: string | null;
            }
          | { __typename: 'PatchPart'; id: string; files: Array<string> }
          | { __typename: 'StepPart'; id: string; kind: StepKind; reason: string | null }
          | { __typename: 'SubtaskPart'; id: string; agent: string; description: string; prompt: string }
          | { __typename: 'CommandPart'; id: string; name: string; arguments: string }
          | { __typename: 'UnknownPart'; id: string; json: unknown; partKind: string };
      }
    | { __typename: 'TextAppended'; messageId: string; partId: string; offset: number; text: string }
    | { __typename: 'SessionStatusChanged'; status: SessionStatus; activity: { line: string; since: string } | null }
    | {
        __typename: 'TodosChanged';
        changed: { todos: Array<{ content: string; status: TodoStatus; priority: TodoPriority }> } | null;
      };
};

export type ProjectUsageQueryVariables = Exact<{
  by: ProjectBy;
  days?: InputMaybe<Scalars['Int']['input']>;
  utcOffset?: InputMaybe<Scalars['Int']['input']>;
}>;

export type ProjectUsageQuery = {
  project: {
    id: string;
    slug: string;
    name: string;
    all: {
      answers: number;
      inputTokens: number;
      outputTokens: number;
      reasoningTokens: number;
      cacheReadTokens: number;
      cacheWriteTokens: number;
      costUsd: number | null;
    };
    today: {
      answers: number;
      inputTokens: number;
      outputTokens: number;
      reasoningTokens: number;
      cacheReadTokens: number;
      cacheWriteTokens: number;
      costUsd: number | null;
    };
    byDay: Array<{
      date: string;
      usage: {
        answers: number;
        inputTokens: number;
        outputTokens: number;
        reasoningTokens: number;
        cacheReadTokens: number;
        cacheWriteTokens: number;
        costUsd: number | null;
      };
    }>;
  } | null;
};

export type SessionUsageQueryVariables = Exact<{
  session: Scalars['ID']['input'];
}>;

export type SessionUsageQuery = {
  session: {
    usage: {
      answers: number;
      inputTokens: number;
      outputTokens: number;
      reasoningTokens: number;
      cacheReadTokens: number;
      cacheWriteTokens: number;
      costUsd: number | null;
    };
  } | null;
};

export type UsageBySessionQueryVariables = Exact<{
  by: ProjectBy;
  first: Scalars['Int']['input'];
  after?: InputMaybe<Scalars['String']['input']>;
  archived?: InputMaybe<Scalars['Boolean']['input']>;
}>;

export type UsageBySessionQuery = {
  project: {
    sessions: {
      nodes: Array<{
        id: string;
        title: string;
        updatedAt: string;
        parent: { id: string } | null;
        usage: {
          answers: number;
          inputTokens: number;
          outputTokens: number;
          reasoningTokens: number;
          cacheReadTokens: number;
          cacheWriteTokens: number;
          costUsd: number | null;
        };
      }>;
      pageInfo: { endCursor: string | null; hasNextPage: boolean };
    };
  } | null;
};

export type CostsTodayQueryVariables = Exact<{
  first: Scalars['Int']['input'];
  after?: InputMaybe<Scalars['String']['input']>;
  utcOffset?: InputMaybe<Scalars['Int']['input']>;
}>;

export type CostsTodayQuery = {
  projects: {
    nodes: Array<{ id: string; usageToday: { costUsd: number | null } }>;
    pageInfo: { endCursor: string | null; hasNextPage: boolean };
  };
};

export type UsagesQueryVariables = Exact<{
  first: Scalars['Int']['input'];
  after?: InputMaybe<Scalars['String']['input']>;
  utcOffset?: InputMaybe<Scalars['Int']['input']>;
}>;

export type UsagesQuery = {
  projects: {
    nodes: Array<{
      id: string;
      slug: string;
      name: string;
      all: {
        answers: number;
        inputTokens: number;
        outputTokens: number;
        reasoningTokens: number;
        cacheReadTokens: number;
        cacheWriteTokens: number;
        costUsd: number | null;
      };
      today: {
        answers: number;
        inputTokens: number;
        outputTokens: number;
        reasoningTokens: number;
        cacheReadTokens: number;
        cacheWriteTokens: number;
        costUsd: number | null;
      };
    }>;
    pageInfo: { endCursor: string | null; hasNextPage: boolean };
  };
};

export type OperationByIdQueryVariables = Exact<{
  id: Scalars['ID']['input'];
}>;

export type OperationByIdQuery = {
  node:
    | { __typename: 'Device' }
    | { __typename: 'Message' }
    | {
        __typename: 'Operation';
        id: string;
        kind: OperationKind;
        state: OperationState;
        attempts: number;
        createdAt: string;
        startedAt: string | null;
        finishedAt: string | null;
        project: { id: string; slug: string; name: string } | null;
        steps: Array<{
          name: OperationStepName;
          state: OperationStepState;
          detail: string | null;
          startedAt: string | null;
          finishedAt: string | null;
        }>;
        problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
      }
    | { __typename: 'PermissionRequest' }
    | { __typename: 'Project' }
    | { __typename: 'Question' }
    | { __typename: 'Server' }
    | { __typename: 'Session' }
    | null;
};

export type OperationsQueryVariables = Exact<{
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<OperationFilter>;
}>;

export type OperationsQuery = {
  operations: {
    nodes: Array<{
      id: string;
      kind: OperationKind;
      state: OperationState;
      attempts: number;
      createdAt: string;
      startedAt: string | null;
      finishedAt: string | null;
      project: { id: string; slug: string; name: string } | null;
      steps: Array<{
        name: OperationStepName;
        state: OperationStepState;
        detail: string | null;
        startedAt: string | null;
        finishedAt: string | null;
      }>;
      problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
    }>;
    pageInfo: { endCursor: string | null; hasNextPage: boolean };
  };
};

export type RetryOperationMutationVariables = Exact<{
  input: RetryOperationInput;
}>;

export type RetryOperationMutation = {
  retryOperation: {
    operation: {
      id: string;
      kind: OperationKind;
      state: OperationState;
      attempts: number;
      createdAt: string;
      startedAt: string | null;
      finishedAt: string | null;
      project: { id: string; slug: string; name: string } | null;
      steps: Array<{
        name: OperationStepName;
        state: OperationStepState;
        detail: string | null;
        startedAt: string | null;
        finishedAt: string | null;
      }>;
      problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
    };
  };
};

export type CancelOperationMutationVariables = Exact<{
  input: CancelOperationInput;
}>;

export type CancelOperationMutation = {
  cancelOperation: {
    operation: {
      id: string;
      kind: OperationKind;
      state: OperationState;
      attempts: number;
      createdAt: string;
      startedAt: string | null;
      finishedAt: string | null;
      project: { id: string; slug: string; name: string } | null;
      steps: Array<{
        name: OperationStepName;
        state: OperationStepState;
        detail: string | null;
        startedAt: string | null;
        finishedAt: string | null;
      }>;
      problem: { code: ProblemCode; message: string; since: string; nextAttemptAt: string | null } | null;
    };
  };
};

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const AgentFieldsFragmentDoc = /*#__PURE__*/ new TypedDocumentString(
  `
    fragment AgentFields on Agent {
  name
  description
  mode
  model
  isDefault
}
    `,
  { fragmentName: 'AgentFields' },
) as unknown as TypedDocumentString<AgentFieldsFragment, unknown>;
export const ModelFieldsFragmentDoc = /*#__PURE__*/ new TypedDocumentString(
  `
    fragment ModelFields on Model {
  name
  title
  provider
  contextTokens
  outputTokens
  inputCostUsd
  outputCostUsd
  reasons
  readsImages
  readsPdf
  isDefault
}
    `,
  { fragmentName: 'ModelFields' },
) as unknown as TypedDocumentString<ModelFieldsFragment, unknown>;
export const CommandFieldsFragmentDoc = /*#__PURE__*/ new TypedDocumentString(
  `
    fragment CommandFields on Command {
  name
  description
  source
  agent
  model
  isSubtask
  arguments
}
    `,
  { fragmentName: 'CommandFields' },
) as unknown as TypedDocumentString<CommandFieldsFragment, unknown>;
export const DecisionPolicyFieldsFragmentDoc = /*#__PURE__*/ new TypedDocumentString(
  `
    fragment DecisionPolicyFields on DecisionPolicy {
  mode
  rules {
    tool
    pattern
    effect
  }
  waitSeconds
}
    `,
  { fragmentName: 'DecisionPolicyFields' },
) as unknown as TypedDocumentString<DecisionPolicyFieldsFragment, unknown>;
export const ProblemFieldsFragmentDoc = /*#__PURE__*/ new TypedDocumentString(
  `
    fragment ProblemFields on Problem {
  code
  message
  since
  nextAttemptAt
}
    `,
  { fragmentName: 'ProblemFields' },
) as unknown as TypedDocumentString<ProblemFieldsFragment, unknown>;
export const OperationFieldsFragmentDoc = /*#__PURE__*/ new TypedDocumentString(
  `
    fragment OperationFields on Operation {
  id
  kind
  state
  project {
    id
    slug
    name
  }
  steps {
    name
    state
    detail
    startedAt
    finishedAt
  }
  attempts
  problem {
    ...ProblemFields
  }
  createdAt
  startedAt
  finishedAt
}
    fragment ProblemFields on Problem {
  code
  message
  since
  nextAttemptAt
}`,
  { fragmentName: 'OperationFields' },
) as unknown as TypedDocumentString<OperationFieldsFragment, unknown>;
export const ProjectFieldsFragmentDoc = /*#__PURE__*/ new TypedDocumentString(
  `
    fragment ProjectFields on Project {
  id
  name
  slug
  description
  status
  sleep {
    because
    since
    wakingSince
  }
  problem {
    ...ProblemFields
  }
  operation {
    ...OperationFields
  }
  repository {
    forge
    cloneUrl
    defaultBranch
  }
  container {
    host
    state
    health
    agentVersion
    port
    startedAt
    exitCode
  }
  server {
    id
    name
  }
  createdAt
  updatedAt
}
    fragment ProblemFields on Problem {
  code
  message
  since
  nextAttemptAt
}
fragment OperationFields on Operation {
  id
  kind
  state
  project {
    id
    slug
    name
  }
  steps {
    name
    state
    detail
    startedAt
    finishedAt
  }
  attempts
  problem {
    ...ProblemFields
  }
  createdAt
  startedAt
  finishedAt
}`,
  { fragmentName: 'ProjectFields' },
) as unknown as TypedDocumentString<ProjectFieldsFragment, unknown>;
export const ActivityFieldsFragmentDoc = /*#__PURE__*/ new TypedDocumentString(
  `
    fragment ActivityFields on SessionActivity {
  line
  since
}
    `,
  { fragmentName: 'ActivityFields' },
) as unknown as TypedDocumentString<ActivityFieldsFragment, unknown>;
export const SessionFieldsFragmentDoc = /*#__PURE__*/ new TypedDocumentString(
  `
    fragment SessionFields on Session {
  id
  title
  status
  activity {
    ...ActivityFields
  }
  project {
    id
    slug
    name
  }
  parent {
    id
  }
  forkedFrom {
    id
  }
  isForkPending
  revertedTo {
    id
  }
  summaryRequestedAt
  archivedAt
  createdAt
  updatedAt
}
    fragment ActivityFields on SessionActivity {
  line
  since
}`,
  { fragmentName: 'SessionFields' },
) as unknown as TypedDocumentString<SessionFieldsFragment, unknown>;
export const PartFieldsFragmentDoc = /*#__PURE__*/ new TypedDocumentString(
  `
    fragment PartFields on Part {
  __typename
  ... on TextPart {
    id
    text
    isSynthetic
    isComplete
  }
  ... on ReasoningPart {
    id
    text
    isComplete
  }
  ... on ToolPart {
    id
    tool
    state
    title
    input
    output
    isOutputCut
    error
    childSession {
      id
    }
    startedAt
    endedAt
  }
  ... on FilePart {
    id
    mime
    filename
    size
    path
    attachment
  }
  ... on PatchPart {
    id
    files
  }
  ... on StepPart {
    id
    kind
    reason
  }
  ... on SubtaskPart {
    id
    agent
    description
    prompt
  }
  ... on CommandPart {
    id
    name
    arguments
  }
  ... on UnknownPart {
    id
    partKind: kind
    json
  }
}
    `,
  { fragmentName: 'PartFields' },
) as unknown as TypedDocumentString<PartFieldsFragment, unknown>;
export const MessageFieldsFragmentDoc = /*#__PURE__*/ new TypedDocumentString(
  `
    fragment MessageFields on Message {
  id
  role
  session {
    id
    project {
      id
    }
  }
  parts {
    ...PartFields
  }
  error {
    name
    message
    isRetryable
    statusCode
  }
  delivery
  agent
  model
  usage {
    inputTokens
    outputTokens
    reasoningTokens
    cacheReadTokens
    cacheWriteTokens
    costUsd
  }
  changes {
    path
    kind
    additions
    deletions
  }
  createdAt
  completedAt
}
    fragment PartFields on Part {
  __typename
  ... on TextPart {
    id
    text
    isSynthetic
    isComplete
  }
  ... on ReasoningPart {
    id
    text
    isComplete
  }
  ... on ToolPart {
    id
    tool
    state
    title
    input
    output
    isOutputCut
    error
    childSession {
      id
    }
    startedAt
    endedAt
  }
  ... on FilePart {
    id
    mime
    filename
    size
    path
    attachment
  }
  ... on PatchPart {
    id
    files
  }
  ... on StepPart {
    id
    kind
    reason
  }
  ... on SubtaskPart {
    id
    agent
    description
    prompt
  }
  ... on CommandPart {
    id
    name
    arguments
  }
  ... on UnknownPart {
    id
    partKind: kind
    json
  }
}`,
  { fragmentName: 'MessageFields' },
) as unknown as TypedDocumentString<MessageFieldsFragment, unknown>;
export const DecisionFieldsFragmentDoc = /*#__PURE__*/ new TypedDocumentString(
  `
    fragment DecisionFields on Decision {
  __typename
  id
  state
  project {
    id
    slug
    name
  }
  session {
    id
    title
  }
  rootSession {
    id
    title
  }
  risks
  createdAt
  decidedAt
  decidedBy {
    id
    name
  }
  isByPolicy
  withdrawnBecause
  expiresAt
  ... on PermissionRequest {
    tool
    patterns
    command
    path
    url
    diff
    isDiffCut
    always
    alwaysScope
    answer {
      reply
      message
    }
  }
  ... on Question {
    prompts {
      question
      header
      options {
        label
        description
      }
      isMultiple
      isCustom
    }
    answers
  }
}
    `,
  { fragmentName: 'DecisionFields' },
) as unknown as TypedDocumentString<DecisionFieldsFragment, unknown>;
export const DeviceFieldsFragmentDoc = /*#__PURE__*/ new TypedDocumentString(
  `
    fragment DeviceFields on Device {
  id
  name
  scopes
  createdAt
  lastSeenAt
  isCurrent
}
    `,
  { fragmentName: 'DeviceFields' },
) as unknown as TypedDocumentString<DeviceFieldsFragment, unknown>;
export const GithubAccountFieldsFragmentDoc = /*#__PURE__*/ new TypedDocumentString(
  `
    fragment GithubAccountFields on GithubAccount {
  login
  name
  scopes
  connectedAt
  problem {
    ...ProblemFields
  }
}
    fragment ProblemFields on Problem {
  code
  message
  since
  nextAttemptAt
}`,
  { fragmentName: 'GithubAccountFields' },
) as unknown as TypedDocumentString<GithubAccountFieldsFragment, unknown>;
export const ChangeFieldsFragmentDoc = /*#__PURE__*/ new TypedDocumentString(
  `
    fragment ChangeFields on Change {
  __typename
  ... on ProjectChanged {
    projectId
    project {
      ...ProjectFields
    }
  }
  ... on ProjectDeleted {
    projectId
    slug
  }
  ... on OperationProgressed {
    operationId
    operation {
      ...OperationFields
    }
  }
  ... on SessionChanged {
    sessionId
    session {
      ...SessionFields
    }
  }
  ... on SessionDeleted {
    sessionId
    projectId
  }
  ... on MessageChanged {
    messageId
    message {
      ...MessageFields
    }
  }
  ... on TodosChanged {
    sessionId
    session {
      ...SessionFields
    }
  }
  ... on DecisionRequested {
    decisionId
    decision {
      ...DecisionFields
    }
  }
  ... on DecisionClosed {
    decisionId
    decision {
      ...DecisionFields
    }
  }
  ... on DeviceChanged {
    deviceId
    device {
      ...DeviceFields
    }
  }
  ... on GithubAccountChanged {
    githubAccount {
      ...GithubAccountFields
    }
  }
  ... on Bookmark {
    cursor
  }
  ... on ResyncRequired {
    reason
    cursor
  }
}
    fragment DecisionFields on Decision {
  __typename
  id
  state
  project {
    id
    slug
    name
  }
  session {
    id
    title
  }
  rootSession {
    id
    title
  }
  risks
  createdAt
  decidedAt
  decidedBy {
    id
    name
  }
  isByPolicy
  withdrawnBecause
  expiresAt
  ... on PermissionRequest {
    tool
    patterns
    command
    path
    url
    diff
    isDiffCut
    always
    alwaysScope
    answer {
      reply
      message
    }
  }
  ... on Question {
    prompts {
      question
      header
      options {
        label
        description
      }
      isMultiple
      isCustom
    }
    answers
  }
}
fragment DeviceFields on Device {
  id
  name
  scopes
  createdAt
  lastSeenAt
  isCurrent
}
fragment GithubAccountFields on GithubAccount {
  login
  name
  scopes
  connectedAt
  problem {
    ...ProblemFields
  }
}
fragment ProblemFields on Problem {
  code
  message
  since
  nextAttemptAt
}
fragment OperationFields on Operation {
  id
  kind
  state
  project {
    id
    slug
    name
  }
  steps {
    name
    state
    detail
    startedAt
    finishedAt
  }
  attempts
  problem {
    ...ProblemFields
  }
  createdAt
  startedAt
  finishedAt
}
fragment ProjectFields on Project {
  id
  name
  slug
  description
  status
  sleep {
    because
    since
    wakingSince
  }
  problem {
    ...ProblemFields
  }
  operation {
    ...OperationFields
  }
  repository {
    forge
    cloneUrl
    defaultBranch
  }
  container {
    host
    state
    health
    agentVersion
    port
    startedAt
    exitCode
  }
  server {
    id
    name
  }
  createdAt
  updatedAt
}
fragment ActivityFields on SessionActivity {
  line
  since
}
fragment SessionFields on Session {
  id
  title
  status
  activity {
    ...ActivityFields
  }
  project {
    id
    slug
    name
  }
  parent {
    id
  }
  forkedFrom {
    id
  }
  isForkPending
  revertedTo {
    id
  }
  summaryRequestedAt
  archivedAt
  createdAt
  updatedAt
}
fragment MessageFields on Message {
  id
  role
  session {
    id
    project {
      id
    }
  }
  parts {
    ...PartFields
  }
  error {
    name
    message
    isRetryable
    statusCode
  }
  delivery
  agent
  model
  usage {
    inputTokens
    outputTokens
    reasoningTokens
    cacheReadTokens
    cacheWriteTokens
    costUsd
  }
  changes {
    path
    kind
    additions
    deletions
  }
  createdAt
  completedAt
}
fragment PartFields on Part {
  __typename
  ... on TextPart {
    id
    text
    isSynthetic
    isComplete
  }
  ... on ReasoningPart {
    id
    text
    isComplete
  }
  ... on ToolPart {
    id
    tool
    state
    title
    input
    output
    isOutputCut
    error
    childSession {
      id
    }
    startedAt
    endedAt
  }
  ... on FilePart {
    id
    mime
    filename
    size
    path
    attachment
  }
  ... on PatchPart {
    id
    files
  }
  ... on StepPart {
    id
    kind
    reason
  }
  ... on SubtaskPart {
    id
    agent
    description
    prompt
  }
  ... on CommandPart {
    id
    name
    arguments
  }
  ... on UnknownPart {
    id
    partKind: kind
    json
  }
}`,
  { fragmentName: 'ChangeFields' },
) as unknown as TypedDocumentString<ChangeFieldsFragment, unknown>;
export const EventFieldsFragmentDoc = /*#__PURE__*/ new TypedDocumentString(
  `
    fragment EventFields on Event {
  cursor
  at
  actor {
    kind
    device {
      id
      name
    }
  }
  change {
    ...ChangeFields
  }
}
    fragment DecisionFields on Decision {
  __typename
  id
  state
  project {
    id
    slug
    name
  }
  session {
    id
    title
  }
  rootSession {
    id
    title
  }
  risks
  createdAt
  decidedAt
  decidedBy {
    id
    name
  }
  isByPolicy
  withdrawnBecause
  expiresAt
  ... on PermissionRequest {
    tool
    patterns
    command
    path
    url
    diff
    isDiffCut
    always
    alwaysScope
    answer {
      reply
      message
    }
  }
  ... on Question {
    prompts {
      question
      header
      options {
        label
        description
      }
      isMultiple
      isCustom
    }
    answers
  }
}
fragment DeviceFields on Device {
  id
  name
  scopes
  createdAt
  lastSeenAt
  isCurrent
}
fragment ChangeFields on Change {
  __typename
  ... on ProjectChanged {
    projectId
    project {
      ...ProjectFields
    }
  }
  ... on ProjectDeleted {
    projectId
    slug
  }
  ... on OperationProgressed {
    operationId
    operation {
      ...OperationFields
    }
  }
  ... on SessionChanged {
    sessionId
    session {
      ...SessionFields
    }
  }
  ... on SessionDeleted {
    sessionId
    projectId
  }
  ... on MessageChanged {
    messageId
    message {
      ...MessageFields
    }
  }
  ... on TodosChanged {
    sessionId
    session {
      ...SessionFields
    }
  }
  ... on DecisionRequested {
    decisionId
    decision {
      ...DecisionFields
    }
  }
  ... on DecisionClosed {
    decisionId
    decision {
      ...DecisionFields
    }
  }
  ... on DeviceChanged {
    deviceId
    device {
      ...DeviceFields
    }
  }
  ... on GithubAccountChanged {
    githubAccount {
      ...GithubAccountFields
    }
  }
  ... on Bookmark {
    cursor
  }
  ... on ResyncRequired {
    reason
    cursor
  }
}
fragment GithubAccountFields on GithubAccount {
  login
  name
  scopes
  connectedAt
  problem {
    ...ProblemFields
  }
}
fragment ProblemFields on Problem {
  code
  message
  since
  nextAttemptAt
}
fragment OperationFields on Operation {
  id
  kind
  state
  project {
    id
    slug
    name
  }
  steps {
    name
    state
    detail
    startedAt
    finishedAt
  }
  attempts
  problem {
    ...ProblemFields
  }
  createdAt
  startedAt
  finishedAt
}
fragment ProjectFields on Project {
  id
  name
  slug
  description
  status
  sleep {
    because
    since
    wakingSince
  }
  problem {
    ...ProblemFields
  }
  operation {
    ...OperationFields
  }
  repository {
    forge
    cloneUrl
    defaultBranch
  }
  container {
    host
    state
    health
    agentVersion
    port
    startedAt
    exitCode
  }
  server {
    id
    name
  }
  createdAt
  updatedAt
}
fragment ActivityFields on SessionActivity {
  line
  since
}
fragment SessionFields on Session {
  id
  title
  status
  activity {
    ...ActivityFields
  }
  project {
    id
    slug
    name
  }
  parent {
    id
  }
  forkedFrom {
    id
  }
  isForkPending
  revertedTo {
    id
  }
  summaryRequestedAt
  archivedAt
  createdAt
  updatedAt
}
fragment MessageFields on Message {
  id
  role
  session {
    id
    project {
      id
    }
  }
  parts {
    ...PartFields
  }
  error {
    name
    message
    isRetryable
    statusCode
  }
  delivery
  agent
  model
  usage {
    inputTokens
    outputTokens
    reasoningTokens
    cacheReadTokens
    cacheWriteTokens
    costUsd
  }
  changes {
    path
    kind
    additions
    deletions
  }
  createdAt
  completedAt
}
fragment PartFields on Part {
  __typename
  ... on TextPart {
    id
    text
    isSynthetic
    isComplete
  }
  ... on ReasoningPart {
    id
    text
    isComplete
  }
  ... on ToolPart {
    id
    tool
    state
    title
    input
    output
    isOutputCut
    error
    childSession {
      id
    }
    startedAt
    endedAt
  }
  ... on FilePart {
    id
    mime
    filename
    size
    path
    attachment
  }
  ... on PatchPart {
    id
    files
  }
  ... on StepPart {
    id
    kind
    reason
  }
  ... on SubtaskPart {
    id
    agent
    description
    prompt
  }
  ... on CommandPart {
    id
    name
    arguments
  }
  ... on UnknownPart {
    id
    partKind: kind
    json
  }
}`,
  { fragmentName: 'EventFields' },
) as unknown as TypedDocumentString<EventFieldsFragment, unknown>;
export const ChangedFileFieldsFragmentDoc = /*#__PURE__*/ new TypedDocumentString(
  `
    fragment ChangedFileFields on ChangedFile {
  path
  oldPath
  kind
  staged
  unstaged
  additions
  deletions
  isGenerated
}
    `,
  { fragmentName: 'ChangedFileFields' },
) as unknown as TypedDocumentString<ChangedFileFieldsFragment, unknown>;
export const CommitFieldsFragmentDoc = /*#__PURE__*/ new TypedDocumentString(
  `
    fragment CommitFields on Commit {
  oid
  subject
  author
  committedAt
}
    `,
  { fragmentName: 'CommitFields' },
) as unknown as TypedDocumentString<CommitFieldsFragment, unknown>;
export const FileDiffFieldsFragmentDoc = /*#__PURE__*/ new TypedDocumentString(
  `
    fragment FileDiffFields on FileDiff {
  path
  oldPath
  kind
  shown
  additions
  deletions
  hunks {
    oldStart
    oldLines
    newStart
    newLines
    foldedBefore
    lines {
      kind
      oldNumber
      newNumber
      text
      marks {
        start
        end
      }
      isCut
      lacksNewline
    }
  }
  isCut
}
    `,
  { fragmentName: 'FileDiffFields' },
) as unknown as TypedDocumentString<FileDiffFieldsFragment, unknown>;
export const GithubLoginFieldsFragmentDoc = /*#__PURE__*/ new TypedDocumentString(
  `
    fragment GithubLoginFields on GithubLogin {
  id
  state
  userCode
  verificationUrl
  expiresAt
  problem {
    ...ProblemFields
  }
}
    fragment ProblemFields on Problem {
  code
  message
  since
  nextAttemptAt
}`,
  { fragmentName: 'GithubLoginFields' },
) as unknown as TypedDocumentString<GithubLoginFieldsFragment, unknown>;
export const GithubRepositoryFieldsFragmentDoc = /*#__PURE__*/ new TypedDocumentString(
  `
    fragment GithubRepositoryFields on GithubRepository {
  fullName
  description
  isPrivate
  isFork
  isArchived
  defaultBranch
  pushedAt
  cloneUrl
}
    `,
  { fragmentName: 'GithubRepositoryFields' },
) as unknown as TypedDocumentString<GithubRepositoryFieldsFragment, unknown>;
export const SleepSettingFieldsFragmentDoc = /*#__PURE__*/ new TypedDocumentString(
  `
    fragment SleepSettingFields on SleepSetting {
  afterSeconds
  isOwn
  serverAfterSeconds
}
    `,
  { fragmentName: 'SleepSettingFields' },
) as unknown as TypedDocumentString<SleepSettingFieldsFragment, unknown>;
export const ResourceUseFieldsFragmentDoc = /*#__PURE__*/ new TypedDocumentString(
  `
    fragment ResourceUseFields on ResourceUse {
  used
  total
  unit
}
    `,
  { fragmentName: 'ResourceUseFields' },
) as unknown as TypedDocumentString<ResourceUseFieldsFragment, unknown>;
export const ResourceSampleFieldsFragmentDoc = /*#__PURE__*/ new TypedDocumentString(
  `
    fragment ResourceSampleFields on ServerResources {
  cpu {
    ...ResourceUseFields
  }
  memory {
    ...ResourceUseFields
  }
  disk {
    ...ResourceUseFields
  }
  at
}
    fragment ResourceUseFields on ResourceUse {
  used
  total
  unit
}`,
  { fragmentName: 'ResourceSampleFields' },
) as unknown as TypedDocumentString<ResourceSampleFieldsFragment, unknown>;
export const ServerFieldsFragmentDoc = /*#__PURE__*/ new TypedDocumentString(
  `
    fragment ServerFields on Server {
  id
  name
  address
  host
  status
  resources {
    ...ResourceSampleFields
  }
  checkedAt
  problems
}
    fragment ResourceSampleFields on ServerResources {
  cpu {
    ...ResourceUseFields
  }
  memory {
    ...ResourceUseFields
  }
  disk {
    ...ResourceUseFields
  }
  at
}
fragment ResourceUseFields on ResourceUse {
  used
  total
  unit
}`,
  { fragmentName: 'ServerFields' },
) as unknown as TypedDocumentString<ServerFieldsFragment, unknown>;
export const ContainerFieldsFragmentDoc = /*#__PURE__*/ new TypedDocumentString(
  `
    fragment ContainerFields on Container {
  host
  state
  health
  image
  agentVersion
  port
  startedAt
  exitCode
  usage {
    cpuCores
    memoryBytes
  }
}
    `,
  { fragmentName: 'ContainerFields' },
) as unknown as TypedDocumentString<ContainerFieldsFragment, unknown>;
export const TodoFieldsFragmentDoc = /*#__PURE__*/ new TypedDocumentString(
  `
    fragment TodoFields on Todo {
  content
  status
  priority
}
    `,
  { fragmentName: 'TodoFields' },
) as unknown as TypedDocumentString<TodoFieldsFragment, unknown>;
export const UsageFieldsFragmentDoc = /*#__PURE__*/ new TypedDocumentString(
  `
    fragment UsageFields on Usage {
  answers
  inputTokens
  outputTokens
  reasoningTokens
  cacheReadTokens
  cacheWriteTokens
  costUsd
}
    `,
  { fragmentName: 'UsageFields' },
) as unknown as TypedDocumentString<UsageFieldsFragment, unknown>;
export const HomeProjectFieldsFragmentDoc = /*#__PURE__*/ new TypedDocumentString(
  `
    fragment HomeProjectFields on Project {
  ...ProjectFields
  sessions(first: 2) {
    nodes {
      ...SessionFields
    }
  }
}
    fragment ProblemFields on Problem {
  code
  message
  since
  nextAttemptAt
}
fragment OperationFields on Operation {
  id
  kind
  state
  project {
    id
    slug
    name
  }
  steps {
    name
    state
    detail
    startedAt
    finishedAt
  }
  attempts
  problem {
    ...ProblemFields
  }
  createdAt
  startedAt
  finishedAt
}
fragment ProjectFields on Project {
  id
  name
  slug
  description
  status
  sleep {
    because
    since
    wakingSince
  }
  problem {
    ...ProblemFields
  }
  operation {
    ...OperationFields
  }
  repository {
    forge
    cloneUrl
    defaultBranch
  }
  container {
    host
    state
    health
    agentVersion
    port
    startedAt
    exitCode
  }
  server {
    id
    name
  }
  createdAt
  updatedAt
}
fragment ActivityFields on SessionActivity {
  line
  since
}
fragment SessionFields on Session {
  id
  title
  status
  activity {
    ...ActivityFields
  }
  project {
    id
    slug
    name
  }
  parent {
    id
  }
  forkedFrom {
    id
  }
  isForkPending
  revertedTo {
    id
  }
  summaryRequestedAt
  archivedAt
  createdAt
  updatedAt
}`,
  { fragmentName: 'HomeProjectFields' },
) as unknown as TypedDocumentString<HomeProjectFieldsFragment, unknown>;
export const ViewerDocument = /*#__PURE__*/ new TypedDocumentString(`
    query Viewer {
  viewer {
    device {
      ...DeviceFields
    }
    scopes
    serverVersion
  }
}
    fragment DeviceFields on Device {
  id
  name
  scopes
  createdAt
  lastSeenAt
  isCurrent
}`) as unknown as TypedDocumentString<ViewerQuery, ViewerQueryVariables>;
export const DevicesDocument = /*#__PURE__*/ new TypedDocumentString(`
    query Devices {
  devices {
    ...DeviceFields
  }
}
    fragment DeviceFields on Device {
  id
  name
  scopes
  createdAt
  lastSeenAt
  isCurrent
}`) as unknown as TypedDocumentString<DevicesQuery, DevicesQueryVariables>;
export const BeginPairingDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation BeginPairing($input: BeginPairingInput!) {
  beginPairing(input: $input) {
    pairing {
      code
      url
      expiresAt
    }
  }
}
    `) as unknown as TypedDocumentString<BeginPairingMutation, BeginPairingMutationVariables>;
export const RedeemPairingDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation RedeemPairing($input: RedeemPairingInput!) {
  redeemPairing(input: $input) {
    token
    device {
      ...DeviceFields
    }
    installation
  }
}
    fragment DeviceFields on Device {
  id
  name
  scopes
  createdAt
  lastSeenAt
  isCurrent
}`) as unknown as TypedDocumentString<RedeemPairingMutation, RedeemPairingMutationVariables>;
export const RevokeDeviceDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation RevokeDevice($input: RevokeDeviceInput!) {
  revokeDevice(input: $input) {
    device {
      ...DeviceFields
    }
  }
}
    fragment DeviceFields on Device {
  id
  name
  scopes
  createdAt
  lastSeenAt
  isCurrent
}`) as unknown as TypedDocumentString<RevokeDeviceMutation, RevokeDeviceMutationVariables>;
export const AgentsDocument = /*#__PURE__*/ new TypedDocumentString(`
    query Agents($by: ProjectBy!) {
  project(by: $by) {
    agents {
      ...AgentFields
    }
  }
}
    fragment AgentFields on Agent {
  name
  description
  mode
  model
  isDefault
}`) as unknown as TypedDocumentString<AgentsQuery, AgentsQueryVariables>;
export const ModelsDocument = /*#__PURE__*/ new TypedDocumentString(`
    query Models($by: ProjectBy!) {
  project(by: $by) {
    models {
      ...ModelFields
    }
  }
}
    fragment ModelFields on Model {
  name
  title
  provider
  contextTokens
  outputTokens
  inputCostUsd
  outputCostUsd
  reasons
  readsImages
  readsPdf
  isDefault
}`) as unknown as TypedDocumentString<ModelsQuery, ModelsQueryVariables>;
export const CommandsDocument = /*#__PURE__*/ new TypedDocumentString(`
    query Commands($by: ProjectBy!) {
  project(by: $by) {
    commands {
      ...CommandFields
    }
  }
}
    fragment CommandFields on Command {
  name
  description
  source
  agent
  model
  isSubtask
  arguments
}`) as unknown as TypedDocumentString<CommandsQuery, CommandsQueryVariables>;
export const DecisionsDocument = /*#__PURE__*/ new TypedDocumentString(`
    query Decisions($first: Int, $after: String, $state: DecisionState) {
  decisions(first: $first, after: $after, state: $state) {
    nodes {
      ...DecisionFields
    }
    pageInfo {
      endCursor
      hasNextPage
    }
  }
}
    fragment DecisionFields on Decision {
  __typename
  id
  state
  project {
    id
    slug
    name
  }
  session {
    id
    title
  }
  rootSession {
    id
    title
  }
  risks
  createdAt
  decidedAt
  decidedBy {
    id
    name
  }
  isByPolicy
  withdrawnBecause
  expiresAt
  ... on PermissionRequest {
    tool
    patterns
    command
    path
    url
    diff
    isDiffCut
    always
    alwaysScope
    answer {
      reply
      message
    }
  }
  ... on Question {
    prompts {
      question
      header
      options {
        label
        description
      }
      isMultiple
      isCustom
    }
    answers
  }
}`) as unknown as TypedDocumentString<DecisionsQuery, DecisionsQueryVariables>;
export const SessionDecisionsDocument = /*#__PURE__*/ new TypedDocumentString(`
    query SessionDecisions($session: ID!, $state: DecisionState) {
  session(id: $session) {
    decisions(first: 20, state: $state) {
      nodes {
        ...DecisionFields
      }
    }
  }
}
    fragment DecisionFields on Decision {
  __typename
  id
  state
  project {
    id
    slug
    name
  }
  session {
    id
    title
  }
  rootSession {
    id
    title
  }
  risks
  createdAt
  decidedAt
  decidedBy {
    id
    name
  }
  isByPolicy
  withdrawnBecause
  expiresAt
  ... on PermissionRequest {
    tool
    patterns
    command
    path
    url
    diff
    isDiffCut
    always
    alwaysScope
    answer {
      reply
      message
    }
  }
  ... on Question {
    prompts {
      question
      header
      options {
        label
        description
      }
      isMultiple
      isCustom
    }
    answers
  }
}`) as unknown as TypedDocumentString<SessionDecisionsQuery, SessionDecisionsQueryVariables>;
export const DecisionByIdDocument = /*#__PURE__*/ new TypedDocumentString(`
    query DecisionById($id: ID!) {
  decision(id: $id) {
    ...DecisionFields
  }
}
    fragment DecisionFields on Decision {
  __typename
  id
  state
  project {
    id
    slug
    name
  }
  session {
    id
    title
  }
  rootSession {
    id
    title
  }
  risks
  createdAt
  decidedAt
  decidedBy {
    id
    name
  }
  isByPolicy
  withdrawnBecause
  expiresAt
  ... on PermissionRequest {
    tool
    patterns
    command
    path
    url
    diff
    isDiffCut
    always
    alwaysScope
    answer {
      reply
      message
    }
  }
  ... on Question {
    prompts {
      question
      header
      options {
        label
        description
      }
      isMultiple
      isCustom
    }
    answers
  }
}`) as unknown as TypedDocumentString<DecisionByIdQuery, DecisionByIdQueryVariables>;
export const ProjectDecisionPolicyDocument = /*#__PURE__*/ new TypedDocumentString(`
    query ProjectDecisionPolicy($by: ProjectBy!) {
  project(by: $by) {
    decisionPolicy {
      ...DecisionPolicyFields
    }
  }
}
    fragment DecisionPolicyFields on DecisionPolicy {
  mode
  rules {
    tool
    pattern
    effect
  }
  waitSeconds
}`) as unknown as TypedDocumentString<ProjectDecisionPolicyQuery, ProjectDecisionPolicyQueryVariables>;
export const DecideDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation Decide($input: DecideInput!) {
  decide(input: $input) {
    decision {
      ...DecisionFields
    }
  }
}
    fragment DecisionFields on Decision {
  __typename
  id
  state
  project {
    id
    slug
    name
  }
  session {
    id
    title
  }
  rootSession {
    id
    title
  }
  risks
  createdAt
  decidedAt
  decidedBy {
    id
    name
  }
  isByPolicy
  withdrawnBecause
  expiresAt
  ... on PermissionRequest {
    tool
    patterns
    command
    path
    url
    diff
    isDiffCut
    always
    alwaysScope
    answer {
      reply
      message
    }
  }
  ... on Question {
    prompts {
      question
      header
      options {
        label
        description
      }
      isMultiple
      isCustom
    }
    answers
  }
}`) as unknown as TypedDocumentString<DecideMutation, DecideMutationVariables>;
export const SetDecisionPolicyDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation SetDecisionPolicy($input: SetDecisionPolicyInput!) {
  setDecisionPolicy(input: $input) {
    project {
      decisionPolicy {
        ...DecisionPolicyFields
      }
    }
  }
}
    fragment DecisionPolicyFields on DecisionPolicy {
  mode
  rules {
    tool
    pattern
    effect
  }
  waitSeconds
}`) as unknown as TypedDocumentString<SetDecisionPolicyMutation, SetDecisionPolicyMutationVariables>;
export const CurrentCursorDocument = /*#__PURE__*/ new TypedDocumentString(`
    query CurrentCursor {
  cursor
}
    `) as unknown as TypedDocumentString<CurrentCursorQuery, CurrentCursorQueryVariables>;
export const EventsDocument = /*#__PURE__*/ new TypedDocumentString(`
    subscription Events($after: Cursor, $filter: EventFilter) {
  events(after: $after, filter: $filter) {
    ...EventFields
  }
}
    fragment DecisionFields on Decision {
  __typename
  id
  state
  project {
    id
    slug
    name
  }
  session {
    id
    title
  }
  rootSession {
    id
    title
  }
  risks
  createdAt
  decidedAt
  decidedBy {
    id
    name
  }
  isByPolicy
  withdrawnBecause
  expiresAt
  ... on PermissionRequest {
    tool
    patterns
    command
    path
    url
    diff
    isDiffCut
    always
    alwaysScope
    answer {
      reply
      message
    }
  }
  ... on Question {
    prompts {
      question
      header
      options {
        label
        description
      }
      isMultiple
      isCustom
    }
    answers
  }
}
fragment DeviceFields on Device {
  id
  name
  scopes
  createdAt
  lastSeenAt
  isCurrent
}
fragment EventFields on Event {
  cursor
  at
  actor {
    kind
    device {
      id
      name
    }
  }
  change {
    ...ChangeFields
  }
}
fragment ChangeFields on Change {
  __typename
  ... on ProjectChanged {
    projectId
    project {
      ...ProjectFields
    }
  }
  ... on ProjectDeleted {
    projectId
    slug
  }
  ... on OperationProgressed {
    operationId
    operation {
      ...OperationFields
    }
  }
  ... on SessionChanged {
    sessionId
    session {
      ...SessionFields
    }
  }
  ... on SessionDeleted {
    sessionId
    projectId
  }
  ... on MessageChanged {
    messageId
    message {
      ...MessageFields
    }
  }
  ... on TodosChanged {
    sessionId
    session {
      ...SessionFields
    }
  }
  ... on DecisionRequested {
    decisionId
    decision {
      ...DecisionFields
    }
  }
  ... on DecisionClosed {
    decisionId
    decision {
      ...DecisionFields
    }
  }
  ... on DeviceChanged {
    deviceId
    device {
      ...DeviceFields
    }
  }
  ... on GithubAccountChanged {
    githubAccount {
      ...GithubAccountFields
    }
  }
  ... on Bookmark {
    cursor
  }
  ... on ResyncRequired {
    reason
    cursor
  }
}
fragment GithubAccountFields on GithubAccount {
  login
  name
  scopes
  connectedAt
  problem {
    ...ProblemFields
  }
}
fragment ProblemFields on Problem {
  code
  message
  since
  nextAttemptAt
}
fragment OperationFields on Operation {
  id
  kind
  state
  project {
    id
    slug
    name
  }
  steps {
    name
    state
    detail
    startedAt
    finishedAt
  }
  attempts
  problem {
    ...ProblemFields
  }
  createdAt
  startedAt
  finishedAt
}
fragment ProjectFields on Project {
  id
  name
  slug
  description
  status
  sleep {
    because
    since
    wakingSince
  }
  problem {
    ...ProblemFields
  }
  operation {
    ...OperationFields
  }
  repository {
    forge
    cloneUrl
    defaultBranch
  }
  container {
    host
    state
    health
    agentVersion
    port
    startedAt
    exitCode
  }
  server {
    id
    name
  }
  createdAt
  updatedAt
}
fragment ActivityFields on SessionActivity {
  line
  since
}
fragment SessionFields on Session {
  id
  title
  status
  activity {
    ...ActivityFields
  }
  project {
    id
    slug
    name
  }
  parent {
    id
  }
  forkedFrom {
    id
  }
  isForkPending
  revertedTo {
    id
  }
  summaryRequestedAt
  archivedAt
  createdAt
  updatedAt
}
fragment MessageFields on Message {
  id
  role
  session {
    id
    project {
      id
    }
  }
  parts {
    ...PartFields
  }
  error {
    name
    message
    isRetryable
    statusCode
  }
  delivery
  agent
  model
  usage {
    inputTokens
    outputTokens
    reasoningTokens
    cacheReadTokens
    cacheWriteTokens
    costUsd
  }
  changes {
    path
    kind
    additions
    deletions
  }
  createdAt
  completedAt
}
fragment PartFields on Part {
  __typename
  ... on TextPart {
    id
    text
    isSynthetic
    isComplete
  }
  ... on ReasoningPart {
    id
    text
    isComplete
  }
  ... on ToolPart {
    id
    tool
    state
    title
    input
    output
    isOutputCut
    error
    childSession {
      id
    }
    startedAt
    endedAt
  }
  ... on FilePart {
    id
    mime
    filename
    size
    path
    attachment
  }
  ... on PatchPart {
    id
    files
  }
  ... on StepPart {
    id
    kind
    reason
  }
  ... on SubtaskPart {
    id
    agent
    description
    prompt
  }
  ... on CommandPart {
    id
    name
    arguments
  }
  ... on UnknownPart {
    id
    partKind: kind
    json
  }
}`) as unknown as TypedDocumentString<EventsSubscription, EventsSubscriptionVariables>;
export const TreeDocument = /*#__PURE__*/ new TypedDocumentString(`
    query Tree($by: ProjectBy!, $path: String!, $after: String) {
  project(by: $by) {
    tree(path: $path, after: $after) {
      path
      entries {
        name
        path
        kind
        size
        modifiedAt
        isIgnored
        isExecutable
      }
      total
      hasMore
    }
  }
}
    `) as unknown as TypedDocumentString<TreeQuery, TreeQueryVariables>;
export const FileDocument = /*#__PURE__*/ new TypedDocumentString(`
    query File($by: ProjectBy!, $path: String!, $firstLine: Int!, $lines: Int!) {
  project(by: $by) {
    file(path: $path, firstLine: $firstLine, lines: $lines) {
      path
      size
      modifiedAt
      isExecutable
      version
      language
      content
      mediaType
      text {
        text
        encoding
        firstLine
        lineCount
        hasMore
      }
    }
  }
}
    `) as unknown as TypedDocumentString<FileQuery, FileQueryVariables>;
export const FindFilesDocument = /*#__PURE__*/ new TypedDocumentString(`
    query FindFiles($by: ProjectBy!, $query: String!, $first: Int) {
  project(by: $by) {
    findFiles(query: $query, first: $first) {
      paths
      isPartial
    }
  }
}
    `) as unknown as TypedDocumentString<FindFilesQuery, FindFilesQueryVariables>;
export const SearchTextDocument = /*#__PURE__*/ new TypedDocumentString(`
    query SearchText($by: ProjectBy!, $query: String!, $isRegex: Boolean!, $case: SearchCase!, $globs: [String!], $path: String!, $first: Int) {
  project(by: $by) {
    searchText(
      query: $query
      isRegex: $isRegex
      case: $case
      globs: $globs
      path: $path
      first: $first
    ) {
      matches {
        path
        line
        text
        ranges {
          start
          end
        }
        isCut
      }
      isPartial
    }
  }
}
    `) as unknown as TypedDocumentString<SearchTextQuery, SearchTextQueryVariables>;
export const ChangesDocument = /*#__PURE__*/ new TypedDocumentString(`
    query Changes($by: ProjectBy!) {
  project(by: $by) {
    changes {
      branch
      head
      upstream {
        name
        ahead
        behind
      }
      isMerging
      files {
        ...ChangedFileFields
      }
      additions
      deletions
      isPartial
    }
  }
}
    fragment ChangedFileFields on ChangedFile {
  path
  oldPath
  kind
  staged
  unstaged
  additions
  deletions
  isGenerated
}`) as unknown as TypedDocumentString<ChangesQuery, ChangesQueryVariables>;
export const DiffDocument = /*#__PURE__*/ new TypedDocumentString(`
    query Diff($by: ProjectBy!, $paths: [String!]!, $contextLines: Int!, $withGenerated: Boolean!) {
  project(by: $by) {
    changes {
      diff(paths: $paths, contextLines: $contextLines, withGenerated: $withGenerated) {
        ...FileDiffFields
      }
    }
  }
}
    fragment FileDiffFields on FileDiff {
  path
  oldPath
  kind
  shown
  additions
  deletions
  hunks {
    oldStart
    oldLines
    newStart
    newLines
    foldedBefore
    lines {
      kind
      oldNumber
      newNumber
      text
      marks {
        start
        end
      }
      isCut
      lacksNewline
    }
  }
  isCut
}`) as unknown as TypedDocumentString<DiffQuery, DiffQueryVariables>;
export const LogDocument = /*#__PURE__*/ new TypedDocumentString(`
    query Log($by: ProjectBy!, $first: Int, $after: String) {
  project(by: $by) {
    changes {
      branch
      log(first: $first, after: $after) {
        nodes {
          ...CommitFields
        }
        pageInfo {
          endCursor
          hasNextPage
        }
      }
    }
  }
}
    fragment CommitFields on Commit {
  oid
  subject
  author
  committedAt
}`) as unknown as TypedDocumentString<LogQuery, LogQueryVariables>;
export const WriteFileDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation WriteFile($input: WriteFileInput!) {
  writeFile(input: $input) {
    path
    version
  }
}
    `) as unknown as TypedDocumentString<WriteFileMutation, WriteFileMutationVariables>;
export const MoveFileDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation MoveFile($input: MoveFileInput!) {
  moveFile(input: $input) {
    path
    version
  }
}
    `) as unknown as TypedDocumentString<MoveFileMutation, MoveFileMutationVariables>;
export const DeleteFileDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation DeleteFile($input: DeleteFileInput!) {
  deleteFile(input: $input) {
    path
  }
}
    `) as unknown as TypedDocumentString<DeleteFileMutation, DeleteFileMutationVariables>;
export const CommitChangesDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation CommitChanges($input: CommitChangesInput!) {
  commitChanges(input: $input) {
    commit {
      ...CommitFields
    }
    isPushed
    pushProblem
  }
}
    fragment CommitFields on Commit {
  oid
  subject
  author
  committedAt
}`) as unknown as TypedDocumentString<CommitChangesMutation, CommitChangesMutationVariables>;
export const PushBranchDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation PushBranch($input: PushBranchInput!) {
  pushBranch(input: $input) {
    branch
    head
  }
}
    `) as unknown as TypedDocumentString<PushBranchMutation, PushBranchMutationVariables>;
export const CreateBranchDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation CreateBranch($input: CreateBranchInput!) {
  createBranch(input: $input) {
    branch
  }
}
    `) as unknown as TypedDocumentString<CreateBranchMutation, CreateBranchMutationVariables>;
export const DiscardChangesDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation DiscardChanges($input: DiscardChangesInput!) {
  discardChanges(input: $input) {
    paths
    keptAs
  }
}
    `) as unknown as TypedDocumentString<DiscardChangesMutation, DiscardChangesMutationVariables>;
export const GithubDocument = /*#__PURE__*/ new TypedDocumentString(`
    query Github {
  githubAccount {
    ...GithubAccountFields
  }
  githubSetup {
    canSignIn
    url
    tokenUrl
  }
}
    fragment GithubAccountFields on GithubAccount {
  login
  name
  scopes
  connectedAt
  problem {
    ...ProblemFields
  }
}
fragment ProblemFields on Problem {
  code
  message
  since
  nextAttemptAt
}`) as unknown as TypedDocumentString<GithubQuery, GithubQueryVariables>;
export const GithubRepositoriesDocument = /*#__PURE__*/ new TypedDocumentString(`
    query GithubRepositories($search: String, $first: Int, $after: String) {
  githubRepositories(search: $search, first: $first, after: $after) {
    nodes {
      ...GithubRepositoryFields
    }
    pageInfo {
      endCursor
      hasNextPage
    }
  }
}
    fragment GithubRepositoryFields on GithubRepository {
  fullName
  description
  isPrivate
  isFork
  isArchived
  defaultBranch
  pushedAt
  cloneUrl
}`) as unknown as TypedDocumentString<GithubRepositoriesQuery, GithubRepositoriesQueryVariables>;
export const GithubLoginByIdDocument = /*#__PURE__*/ new TypedDocumentString(`
    query GithubLoginById($id: ID!) {
  githubLogin(id: $id) {
    ...GithubLoginFields
  }
}
    fragment GithubLoginFields on GithubLogin {
  id
  state
  userCode
  verificationUrl
  expiresAt
  problem {
    ...ProblemFields
  }
}
fragment ProblemFields on Problem {
  code
  message
  since
  nextAttemptAt
}`) as unknown as TypedDocumentString<GithubLoginByIdQuery, GithubLoginByIdQueryVariables>;
export const BeginGithubLoginDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation BeginGithubLogin($input: BeginGithubLoginInput!) {
  beginGithubLogin(input: $input) {
    githubLogin {
      ...GithubLoginFields
    }
  }
}
    fragment GithubLoginFields on GithubLogin {
  id
  state
  userCode
  verificationUrl
  expiresAt
  problem {
    ...ProblemFields
  }
}
fragment ProblemFields on Problem {
  code
  message
  since
  nextAttemptAt
}`) as unknown as TypedDocumentString<BeginGithubLoginMutation, BeginGithubLoginMutationVariables>;
export const CancelGithubLoginDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation CancelGithubLogin($input: CancelGithubLoginInput!) {
  cancelGithubLogin(input: $input) {
    githubLogin {
      ...GithubLoginFields
    }
  }
}
    fragment GithubLoginFields on GithubLogin {
  id
  state
  userCode
  verificationUrl
  expiresAt
  problem {
    ...ProblemFields
  }
}
fragment ProblemFields on Problem {
  code
  message
  since
  nextAttemptAt
}`) as unknown as TypedDocumentString<CancelGithubLoginMutation, CancelGithubLoginMutationVariables>;
export const ConnectGithubDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation ConnectGithub($input: ConnectGithubInput!) {
  connectGithub(input: $input) {
    githubAccount {
      ...GithubAccountFields
    }
  }
}
    fragment GithubAccountFields on GithubAccount {
  login
  name
  scopes
  connectedAt
  problem {
    ...ProblemFields
  }
}
fragment ProblemFields on Problem {
  code
  message
  since
  nextAttemptAt
}`) as unknown as TypedDocumentString<ConnectGithubMutation, ConnectGithubMutationVariables>;
export const DisconnectGithubDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation DisconnectGithub($input: DisconnectGithubInput!) {
  disconnectGithub(input: $input) {
    login
  }
}
    `) as unknown as TypedDocumentString<DisconnectGithubMutation, DisconnectGithubMutationVariables>;
export const GithubLoginDocument = /*#__PURE__*/ new TypedDocumentString(`
    subscription GithubLogin($id: ID!) {
  githubLogin(id: $id) {
    ...GithubLoginFields
  }
}
    fragment GithubLoginFields on GithubLogin {
  id
  state
  userCode
  verificationUrl
  expiresAt
  problem {
    ...ProblemFields
  }
}
fragment ProblemFields on Problem {
  code
  message
  since
  nextAttemptAt
}`) as unknown as TypedDocumentString<GithubLoginSubscription, GithubLoginSubscriptionVariables>;
export const HomeDocument = /*#__PURE__*/ new TypedDocumentString(`
    query Home($decisions: Int!, $projects: Int!) {
  cursor
  viewer {
    device {
      ...DeviceFields
    }
    scopes
    serverVersion
  }
  decisions(first: $decisions) {
    nodes {
      ...DecisionFields
    }
    pageInfo {
      endCursor
      hasNextPage
    }
  }
  projects(first: $projects, orderBy: UPDATED_AT_DESC) {
    nodes {
      ...HomeProjectFields
    }
    pageInfo {
      endCursor
      hasNextPage
    }
  }
  servers {
    ...ServerFields
  }
}
    fragment DecisionFields on Decision {
  __typename
  id
  state
  project {
    id
    slug
    name
  }
  session {
    id
    title
  }
  rootSession {
    id
    title
  }
  risks
  createdAt
  decidedAt
  decidedBy {
    id
    name
  }
  isByPolicy
  withdrawnBecause
  expiresAt
  ... on PermissionRequest {
    tool
    patterns
    command
    path
    url
    diff
    isDiffCut
    always
    alwaysScope
    answer {
      reply
      message
    }
  }
  ... on Question {
    prompts {
      question
      header
      options {
        label
        description
      }
      isMultiple
      isCustom
    }
    answers
  }
}
fragment DeviceFields on Device {
  id
  name
  scopes
  createdAt
  lastSeenAt
  isCurrent
}
fragment ProblemFields on Problem {
  code
  message
  since
  nextAttemptAt
}
fragment OperationFields on Operation {
  id
  kind
  state
  project {
    id
    slug
    name
  }
  steps {
    name
    state
    detail
    startedAt
    finishedAt
  }
  attempts
  problem {
    ...ProblemFields
  }
  createdAt
  startedAt
  finishedAt
}
fragment ProjectFields on Project {
  id
  name
  slug
  description
  status
  sleep {
    because
    since
    wakingSince
  }
  problem {
    ...ProblemFields
  }
  operation {
    ...OperationFields
  }
  repository {
    forge
    cloneUrl
    defaultBranch
  }
  container {
    host
    state
    health
    agentVersion
    port
    startedAt
    exitCode
  }
  server {
    id
    name
  }
  createdAt
  updatedAt
}
fragment ServerFields on Server {
  id
  name
  address
  host
  status
  resources {
    ...ResourceSampleFields
  }
  checkedAt
  problems
}
fragment ResourceSampleFields on ServerResources {
  cpu {
    ...ResourceUseFields
  }
  memory {
    ...ResourceUseFields
  }
  disk {
    ...ResourceUseFields
  }
  at
}
fragment ResourceUseFields on ResourceUse {
  used
  total
  unit
}
fragment ActivityFields on SessionActivity {
  line
  since
}
fragment SessionFields on Session {
  id
  title
  status
  activity {
    ...ActivityFields
  }
  project {
    id
    slug
    name
  }
  parent {
    id
  }
  forkedFrom {
    id
  }
  isForkPending
  revertedTo {
    id
  }
  summaryRequestedAt
  archivedAt
  createdAt
  updatedAt
}
fragment HomeProjectFields on Project {
  ...ProjectFields
  sessions(first: 2) {
    nodes {
      ...SessionFields
    }
  }
}`) as unknown as TypedDocumentString<HomeQuery, HomeQueryVariables>;
export const HomeProjectsDocument = /*#__PURE__*/ new TypedDocumentString(`
    query HomeProjects($first: Int!, $after: String) {
  projects(first: $first, after: $after, orderBy: UPDATED_AT_DESC) {
    nodes {
      ...HomeProjectFields
    }
    pageInfo {
      endCursor
      hasNextPage
    }
  }
}
    fragment ProblemFields on Problem {
  code
  message
  since
  nextAttemptAt
}
fragment OperationFields on Operation {
  id
  kind
  state
  project {
    id
    slug
    name
  }
  steps {
    name
    state
    detail
    startedAt
    finishedAt
  }
  attempts
  problem {
    ...ProblemFields
  }
  createdAt
  startedAt
  finishedAt
}
fragment ProjectFields on Project {
  id
  name
  slug
  description
  status
  sleep {
    because
    since
    wakingSince
  }
  problem {
    ...ProblemFields
  }
  operation {
    ...OperationFields
  }
  repository {
    forge
    cloneUrl
    defaultBranch
  }
  container {
    host
    state
    health
    agentVersion
    port
    startedAt
    exitCode
  }
  server {
    id
    name
  }
  createdAt
  updatedAt
}
fragment ActivityFields on SessionActivity {
  line
  since
}
fragment SessionFields on Session {
  id
  title
  status
  activity {
    ...ActivityFields
  }
  project {
    id
    slug
    name
  }
  parent {
    id
  }
  forkedFrom {
    id
  }
  isForkPending
  revertedTo {
    id
  }
  summaryRequestedAt
  archivedAt
  createdAt
  updatedAt
}
fragment HomeProjectFields on Project {
  ...ProjectFields
  sessions(first: 2) {
    nodes {
      ...SessionFields
    }
  }
}`) as unknown as TypedDocumentString<HomeProjectsQuery, HomeProjectsQueryVariables>;
export const ProjectsDocument = /*#__PURE__*/ new TypedDocumentString(`
    query Projects($first: Int, $after: String, $filter: ProjectFilter, $orderBy: ProjectOrder) {
  projects(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {
    nodes {
      ...ProjectFields
    }
    pageInfo {
      endCursor
      hasNextPage
    }
    totalCount
  }
}
    fragment ProblemFields on Problem {
  code
  message
  since
  nextAttemptAt
}
fragment OperationFields on Operation {
  id
  kind
  state
  project {
    id
    slug
    name
  }
  steps {
    name
    state
    detail
    startedAt
    finishedAt
  }
  attempts
  problem {
    ...ProblemFields
  }
  createdAt
  startedAt
  finishedAt
}
fragment ProjectFields on Project {
  id
  name
  slug
  description
  status
  sleep {
    because
    since
    wakingSince
  }
  problem {
    ...ProblemFields
  }
  operation {
    ...OperationFields
  }
  repository {
    forge
    cloneUrl
    defaultBranch
  }
  container {
    host
    state
    health
    agentVersion
    port
    startedAt
    exitCode
  }
  server {
    id
    name
  }
  createdAt
  updatedAt
}`) as unknown as TypedDocumentString<ProjectsQuery, ProjectsQueryVariables>;
export const ProjectDocument = /*#__PURE__*/ new TypedDocumentString(`
    query Project($by: ProjectBy!) {
  project(by: $by) {
    ...ProjectFields
  }
}
    fragment ProblemFields on Problem {
  code
  message
  since
  nextAttemptAt
}
fragment OperationFields on Operation {
  id
  kind
  state
  project {
    id
    slug
    name
  }
  steps {
    name
    state
    detail
    startedAt
    finishedAt
  }
  attempts
  problem {
    ...ProblemFields
  }
  createdAt
  startedAt
  finishedAt
}
fragment ProjectFields on Project {
  id
  name
  slug
  description
  status
  sleep {
    because
    since
    wakingSince
  }
  problem {
    ...ProblemFields
  }
  operation {
    ...OperationFields
  }
  repository {
    forge
    cloneUrl
    defaultBranch
  }
  container {
    host
    state
    health
    agentVersion
    port
    startedAt
    exitCode
  }
  server {
    id
    name
  }
  createdAt
  updatedAt
}`) as unknown as TypedDocumentString<ProjectQuery, ProjectQueryVariables>;
export const ProjectDetailsDocument = /*#__PURE__*/ new TypedDocumentString(`
    query ProjectDetails($by: ProjectBy!) {
  project(by: $by) {
    ...ProjectFields
    source: repository {
      head {
        oid
        subject
        author
        committedAt
      }
      branches(first: 20) {
        name
      }
    }
    agent: container {
      ...ContainerFields
    }
    sleepSetting {
      ...SleepSettingFields
    }
  }
}
    fragment ProblemFields on Problem {
  code
  message
  since
  nextAttemptAt
}
fragment OperationFields on Operation {
  id
  kind
  state
  project {
    id
    slug
    name
  }
  steps {
    name
    state
    detail
    startedAt
    finishedAt
  }
  attempts
  problem {
    ...ProblemFields
  }
  createdAt
  startedAt
  finishedAt
}
fragment ProjectFields on Project {
  id
  name
  slug
  description
  status
  sleep {
    because
    since
    wakingSince
  }
  problem {
    ...ProblemFields
  }
  operation {
    ...OperationFields
  }
  repository {
    forge
    cloneUrl
    defaultBranch
  }
  container {
    host
    state
    health
    agentVersion
    port
    startedAt
    exitCode
  }
  server {
    id
    name
  }
  createdAt
  updatedAt
}
fragment SleepSettingFields on SleepSetting {
  afterSeconds
  isOwn
  serverAfterSeconds
}
fragment ContainerFields on Container {
  host
  state
  health
  image
  agentVersion
  port
  startedAt
  exitCode
  usage {
    cpuCores
    memoryBytes
  }
}`) as unknown as TypedDocumentString<ProjectDetailsQuery, ProjectDetailsQueryVariables>;
export const ProjectLogsDocument = /*#__PURE__*/ new TypedDocumentString(`
    query ProjectLogs($by: ProjectBy!, $lines: Int) {
  project(by: $by) {
    container {
      logs(lines: $lines) {
        at
        text
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ProjectLogsQuery, ProjectLogsQueryVariables>;
export const CheckGitUrlDocument = /*#__PURE__*/ new TypedDocumentString(`
    query CheckGitUrl($url: String!) {
  checkGitUrl(url: $url) {
    isUsable
    problem {
      ...ProblemFields
    }
    defaultBranch
    branches
    tags
  }
}
    fragment ProblemFields on Problem {
  code
  message
  since
  nextAttemptAt
}`) as unknown as TypedDocumentString<CheckGitUrlQuery, CheckGitUrlQueryVariables>;
export const CreateProjectDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation CreateProject($input: CreateProjectInput!) {
  createProject(input: $input) {
    project {
      ...ProjectFields
    }
    operation {
      ...OperationFields
    }
  }
}
    fragment ProblemFields on Problem {
  code
  message
  since
  nextAttemptAt
}
fragment OperationFields on Operation {
  id
  kind
  state
  project {
    id
    slug
    name
  }
  steps {
    name
    state
    detail
    startedAt
    finishedAt
  }
  attempts
  problem {
    ...ProblemFields
  }
  createdAt
  startedAt
  finishedAt
}
fragment ProjectFields on Project {
  id
  name
  slug
  description
  status
  sleep {
    because
    since
    wakingSince
  }
  problem {
    ...ProblemFields
  }
  operation {
    ...OperationFields
  }
  repository {
    forge
    cloneUrl
    defaultBranch
  }
  container {
    host
    state
    health
    agentVersion
    port
    startedAt
    exitCode
  }
  server {
    id
    name
  }
  createdAt
  updatedAt
}`) as unknown as TypedDocumentString<CreateProjectMutation, CreateProjectMutationVariables>;
export const UpdateProjectDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation UpdateProject($input: UpdateProjectInput!) {
  updateProject(input: $input) {
    project {
      ...ProjectFields
    }
  }
}
    fragment ProblemFields on Problem {
  code
  message
  since
  nextAttemptAt
}
fragment OperationFields on Operation {
  id
  kind
  state
  project {
    id
    slug
    name
  }
  steps {
    name
    state
    detail
    startedAt
    finishedAt
  }
  attempts
  problem {
    ...ProblemFields
  }
  createdAt
  startedAt
  finishedAt
}
fragment ProjectFields on Project {
  id
  name
  slug
  description
  status
  sleep {
    because
    since
    wakingSince
  }
  problem {
    ...ProblemFields
  }
  operation {
    ...OperationFields
  }
  repository {
    forge
    cloneUrl
    defaultBranch
  }
  container {
    host
    state
    health
    agentVersion
    port
    startedAt
    exitCode
  }
  server {
    id
    name
  }
  createdAt
  updatedAt
}`) as unknown as TypedDocumentString<UpdateProjectMutation, UpdateProjectMutationVariables>;
export const StartProjectDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation StartProject($input: StartProjectInput!) {
  startProject(input: $input) {
    project {
      ...ProjectFields
    }
    operation {
      ...OperationFields
    }
  }
}
    fragment ProblemFields on Problem {
  code
  message
  since
  nextAttemptAt
}
fragment OperationFields on Operation {
  id
  kind
  state
  project {
    id
    slug
    name
  }
  steps {
    name
    state
    detail
    startedAt
    finishedAt
  }
  attempts
  problem {
    ...ProblemFields
  }
  createdAt
  startedAt
  finishedAt
}
fragment ProjectFields on Project {
  id
  name
  slug
  description
  status
  sleep {
    because
    since
    wakingSince
  }
  problem {
    ...ProblemFields
  }
  operation {
    ...OperationFields
  }
  repository {
    forge
    cloneUrl
    defaultBranch
  }
  container {
    host
    state
    health
    agentVersion
    port
    startedAt
    exitCode
  }
  server {
    id
    name
  }
  createdAt
  updatedAt
}`) as unknown as TypedDocumentString<StartProjectMutation, StartProjectMutationVariables>;
export const StopProjectDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation StopProject($input: StopProjectInput!) {
  stopProject(input: $input) {
    project {
      ...ProjectFields
    }
    operation {
      ...OperationFields
    }
  }
}
    fragment ProblemFields on Problem {
  code
  message
  since
  nextAttemptAt
}
fragment OperationFields on Operation {
  id
  kind
  state
  project {
    id
    slug
    name
  }
  steps {
    name
    state
    detail
    startedAt
    finishedAt
  }
  attempts
  problem {
    ...ProblemFields
  }
  createdAt
  startedAt
  finishedAt
}
fragment ProjectFields on Project {
  id
  name
  slug
  description
  status
  sleep {
    because
    since
    wakingSince
  }
  problem {
    ...ProblemFields
  }
  operation {
    ...OperationFields
  }
  repository {
    forge
    cloneUrl
    defaultBranch
  }
  container {
    host
    state
    health
    agentVersion
    port
    startedAt
    exitCode
  }
  server {
    id
    name
  }
  createdAt
  updatedAt
}`) as unknown as TypedDocumentString<StopProjectMutation, StopProjectMutationVariables>;
export const RestartProjectDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation RestartProject($input: RestartProjectInput!) {
  restartProject(input: $input) {
    project {
      ...ProjectFields
    }
    operation {
      ...OperationFields
    }
  }
}
    fragment ProblemFields on Problem {
  code
  message
  since
  nextAttemptAt
}
fragment OperationFields on Operation {
  id
  kind
  state
  project {
    id
    slug
    name
  }
  steps {
    name
    state
    detail
    startedAt
    finishedAt
  }
  attempts
  problem {
    ...ProblemFields
  }
  createdAt
  startedAt
  finishedAt
}
fragment ProjectFields on Project {
  id
  name
  slug
  description
  status
  sleep {
    because
    since
    wakingSince
  }
  problem {
    ...ProblemFields
  }
  operation {
    ...OperationFields
  }
  repository {
    forge
    cloneUrl
    defaultBranch
  }
  container {
    host
    state
    health
    agentVersion
    port
    startedAt
    exitCode
  }
  server {
    id
    name
  }
  createdAt
  updatedAt
}`) as unknown as TypedDocumentString<RestartProjectMutation, RestartProjectMutationVariables>;
export const SleepProjectDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation SleepProject($input: SleepProjectInput!) {
  sleepProject(input: $input) {
    project {
      ...ProjectFields
    }
    operation {
      ...OperationFields
    }
  }
}
    fragment ProblemFields on Problem {
  code
  message
  since
  nextAttemptAt
}
fragment OperationFields on Operation {
  id
  kind
  state
  project {
    id
    slug
    name
  }
  steps {
    name
    state
    detail
    startedAt
    finishedAt
  }
  attempts
  problem {
    ...ProblemFields
  }
  createdAt
  startedAt
  finishedAt
}
fragment ProjectFields on Project {
  id
  name
  slug
  description
  status
  sleep {
    because
    since
    wakingSince
  }
  problem {
    ...ProblemFields
  }
  operation {
    ...OperationFields
  }
  repository {
    forge
    cloneUrl
    defaultBranch
  }
  container {
    host
    state
    health
    agentVersion
    port
    startedAt
    exitCode
  }
  server {
    id
    name
  }
  createdAt
  updatedAt
}`) as unknown as TypedDocumentString<SleepProjectMutation, SleepProjectMutationVariables>;
export const WakeProjectDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation WakeProject($input: WakeProjectInput!) {
  wakeProject(input: $input) {
    project {
      ...ProjectFields
    }
    operation {
      ...OperationFields
    }
  }
}
    fragment ProblemFields on Problem {
  code
  message
  since
  nextAttemptAt
}
fragment OperationFields on Operation {
  id
  kind
  state
  project {
    id
    slug
    name
  }
  steps {
    name
    state
    detail
    startedAt
    finishedAt
  }
  attempts
  problem {
    ...ProblemFields
  }
  createdAt
  startedAt
  finishedAt
}
fragment ProjectFields on Project {
  id
  name
  slug
  description
  status
  sleep {
    because
    since
    wakingSince
  }
  problem {
    ...ProblemFields
  }
  operation {
    ...OperationFields
  }
  repository {
    forge
    cloneUrl
    defaultBranch
  }
  container {
    host
    state
    health
    agentVersion
    port
    startedAt
    exitCode
  }
  server {
    id
    name
  }
  createdAt
  updatedAt
}`) as unknown as TypedDocumentString<WakeProjectMutation, WakeProjectMutationVariables>;
export const SetSleepSettingDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation SetSleepSetting($input: SetSleepSettingInput!) {
  setSleepSetting(input: $input) {
    project {
      id
      sleepSetting {
        ...SleepSettingFields
      }
    }
  }
}
    fragment SleepSettingFields on SleepSetting {
  afterSeconds
  isOwn
  serverAfterSeconds
}`) as unknown as TypedDocumentString<SetSleepSettingMutation, SetSleepSettingMutationVariables>;
export const SleepSettingDocument = /*#__PURE__*/ new TypedDocumentString(`
    query SleepSetting($by: ProjectBy!) {
  project(by: $by) {
    id
    sleepSetting {
      ...SleepSettingFields
    }
  }
}
    fragment SleepSettingFields on SleepSetting {
  afterSeconds
  isOwn
  serverAfterSeconds
}`) as unknown as TypedDocumentString<SleepSettingQuery, SleepSettingQueryVariables>;
export const DeleteProjectDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation DeleteProject($input: DeleteProjectInput!) {
  deleteProject(input: $input) {
    project {
      ...ProjectFields
    }
    operation {
      ...OperationFields
    }
  }
}
    fragment ProblemFields on Problem {
  code
  message
  since
  nextAttemptAt
}
fragment OperationFields on Operation {
  id
  kind
  state
  project {
    id
    slug
    name
  }
  steps {
    name
    state
    detail
    startedAt
    finishedAt
  }
  attempts
  problem {
    ...ProblemFields
  }
  createdAt
  startedAt
  finishedAt
}
fragment ProjectFields on Project {
  id
  name
  slug
  description
  status
  sleep {
    because
    since
    wakingSince
  }
  problem {
    ...ProblemFields
  }
  operation {
    ...OperationFields
  }
  repository {
    forge
    cloneUrl
    defaultBranch
  }
  container {
    host
    state
    health
    agentVersion
    port
    startedAt
    exitCode
  }
  server {
    id
    name
  }
  createdAt
  updatedAt
}`) as unknown as TypedDocumentString<DeleteProjectMutation, DeleteProjectMutationVariables>;
export const ContainerStatusDocument = /*#__PURE__*/ new TypedDocumentString(`
    subscription ContainerStatus($project: ID!) {
  containerStatus(project: $project) {
    ...ContainerFields
  }
}
    fragment ContainerFields on Container {
  host
  state
  health
  image
  agentVersion
  port
  startedAt
  exitCode
  usage {
    cpuCores
    memoryBytes
  }
}`) as unknown as TypedDocumentString<ContainerStatusSubscription, ContainerStatusSubscriptionVariables>;
export const ServersDocument = /*#__PURE__*/ new TypedDocumentString(`
    query Servers {
  servers {
    ...ServerFields
  }
}
    fragment ServerFields on Server {
  id
  name
  address
  host
  status
  resources {
    ...ResourceSampleFields
  }
  checkedAt
  problems
}
fragment ResourceSampleFields on ServerResources {
  cpu {
    ...ResourceUseFields
  }
  memory {
    ...ResourceUseFields
  }
  disk {
    ...ResourceUseFields
  }
  at
}
fragment ResourceUseFields on ResourceUse {
  used
  total
  unit
}`) as unknown as TypedDocumentString<ServersQuery, ServersQueryVariables>;
export const ServerResourcesDocument = /*#__PURE__*/ new TypedDocumentString(`
    subscription ServerResources($server: ID!) {
  serverResources(server: $server) {
    ...ResourceSampleFields
  }
}
    fragment ResourceSampleFields on ServerResources {
  cpu {
    ...ResourceUseFields
  }
  memory {
    ...ResourceUseFields
  }
  disk {
    ...ResourceUseFields
  }
  at
}
fragment ResourceUseFields on ResourceUse {
  used
  total
  unit
}`) as unknown as TypedDocumentString<ServerResourcesSubscription, ServerResourcesSubscriptionVariables>;
export const SessionsDocument = /*#__PURE__*/ new TypedDocumentString(`
    query Sessions($by: ProjectBy!, $first: Int, $after: String, $archived: Boolean) {
  project(by: $by) {
    sessions(first: $first, after: $after, archived: $archived) {
      nodes {
        ...SessionFields
      }
      pageInfo {
        endCursor
        hasNextPage
      }
    }
  }
}
    fragment ActivityFields on SessionActivity {
  line
  since
}
fragment SessionFields on Session {
  id
  title
  status
  activity {
    ...ActivityFields
  }
  project {
    id
    slug
    name
  }
  parent {
    id
  }
  forkedFrom {
    id
  }
  isForkPending
  revertedTo {
    id
  }
  summaryRequestedAt
  archivedAt
  createdAt
  updatedAt
}`) as unknown as TypedDocumentString<SessionsQuery, SessionsQueryVariables>;
export const SessionDocument = /*#__PURE__*/ new TypedDocumentString(`
    query Session($id: ID!) {
  session(id: $id) {
    ...SessionFields
  }
}
    fragment ActivityFields on SessionActivity {
  line
  since
}
fragment SessionFields on Session {
  id
  title
  status
  activity {
    ...ActivityFields
  }
  project {
    id
    slug
    name
  }
  parent {
    id
  }
  forkedFrom {
    id
  }
  isForkPending
  revertedTo {
    id
  }
  summaryRequestedAt
  archivedAt
  createdAt
  updatedAt
}`) as unknown as TypedDocumentString<SessionQuery, SessionQueryVariables>;
export const MessagesDocument = /*#__PURE__*/ new TypedDocumentString(`
    query Messages($session: ID!, $last: Int, $before: String) {
  session(id: $session) {
    messages(last: $last, before: $before) {
      nodes {
        ...MessageFields
      }
      pageInfo {
        startCursor
        hasPreviousPage
      }
    }
  }
}
    fragment MessageFields on Message {
  id
  role
  session {
    id
    project {
      id
    }
  }
  parts {
    ...PartFields
  }
  error {
    name
    message
    isRetryable
    statusCode
  }
  delivery
  agent
  model
  usage {
    inputTokens
    outputTokens
    reasoningTokens
    cacheReadTokens
    cacheWriteTokens
    costUsd
  }
  changes {
    path
    kind
    additions
    deletions
  }
  createdAt
  completedAt
}
fragment PartFields on Part {
  __typename
  ... on TextPart {
    id
    text
    isSynthetic
    isComplete
  }
  ... on ReasoningPart {
    id
    text
    isComplete
  }
  ... on ToolPart {
    id
    tool
    state
    title
    input
    output
    isOutputCut
    error
    childSession {
      id
    }
    startedAt
    endedAt
  }
  ... on FilePart {
    id
    mime
    filename
    size
    path
    attachment
  }
  ... on PatchPart {
    id
    files
  }
  ... on StepPart {
    id
    kind
    reason
  }
  ... on SubtaskPart {
    id
    agent
    description
    prompt
  }
  ... on CommandPart {
    id
    name
    arguments
  }
  ... on UnknownPart {
    id
    partKind: kind
    json
  }
}`) as unknown as TypedDocumentString<MessagesQuery, MessagesQueryVariables>;
export const MessagePlacesDocument = /*#__PURE__*/ new TypedDocumentString(`
    query MessagePlaces($session: ID!, $last: Int!, $before: String) {
  session(id: $session) {
    messages(last: $last, before: $before) {
      nodes {
        id
      }
      pageInfo {
        startCursor
      }
    }
  }
}
    `) as unknown as TypedDocumentString<MessagePlacesQuery, MessagePlacesQueryVariables>;
export const TodosDocument = /*#__PURE__*/ new TypedDocumentString(`
    query Todos($session: ID!) {
  session(id: $session) {
    todos {
      ...TodoFields
    }
  }
}
    fragment TodoFields on Todo {
  content
  status
  priority
}`) as unknown as TypedDocumentString<TodosQuery, TodosQueryVariables>;
export const SessionChangesDocument = /*#__PURE__*/ new TypedDocumentString(`
    query SessionChanges($session: ID!) {
  session(id: $session) {
    changes {
      path
      kind
      additions
      deletions
      turns
    }
  }
}
    `) as unknown as TypedDocumentString<SessionChangesQuery, SessionChangesQueryVariables>;
export const TurnChangesDocument = /*#__PURE__*/ new TypedDocumentString(`
    query TurnChanges($message: ID!, $withGenerated: Boolean) {
  node(id: $message) {
    __typename
    ... on Message {
      changes(withGenerated: $withGenerated) {
        ...FileDiffFields
      }
    }
  }
}
    fragment FileDiffFields on FileDiff {
  path
  oldPath
  kind
  shown
  additions
  deletions
  hunks {
    oldStart
    oldLines
    newStart
    newLines
    foldedBefore
    lines {
      kind
      oldNumber
      newNumber
      text
      marks {
        start
        end
      }
      isCut
      lacksNewline
    }
  }
  isCut
}`) as unknown as TypedDocumentString<TurnChangesQuery, TurnChangesQueryVariables>;
export const CreateSessionDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation CreateSession($input: CreateSessionInput!) {
  createSession(input: $input) {
    session {
      ...SessionFields
    }
  }
}
    fragment ActivityFields on SessionActivity {
  line
  since
}
fragment SessionFields on Session {
  id
  title
  status
  activity {
    ...ActivityFields
  }
  project {
    id
    slug
    name
  }
  parent {
    id
  }
  forkedFrom {
    id
  }
  isForkPending
  revertedTo {
    id
  }
  summaryRequestedAt
  archivedAt
  createdAt
  updatedAt
}`) as unknown as TypedDocumentString<CreateSessionMutation, CreateSessionMutationVariables>;
export const RenameSessionDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation RenameSession($input: RenameSessionInput!) {
  renameSession(input: $input) {
    session {
      ...SessionFields
    }
  }
}
    fragment ActivityFields on SessionActivity {
  line
  since
}
fragment SessionFields on Session {
  id
  title
  status
  activity {
    ...ActivityFields
  }
  project {
    id
    slug
    name
  }
  parent {
    id
  }
  forkedFrom {
    id
  }
  isForkPending
  revertedTo {
    id
  }
  summaryRequestedAt
  archivedAt
  createdAt
  updatedAt
}`) as unknown as TypedDocumentString<RenameSessionMutation, RenameSessionMutationVariables>;
export const DeleteSessionDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation DeleteSession($input: DeleteSessionInput!) {
  deleteSession(input: $input) {
    sessionId
  }
}
    `) as unknown as TypedDocumentString<DeleteSessionMutation, DeleteSessionMutationVariables>;
export const ForkSessionDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation ForkSession($input: ForkSessionInput!) {
  forkSession(input: $input) {
    session {
      ...SessionFields
    }
  }
}
    fragment ActivityFields on SessionActivity {
  line
  since
}
fragment SessionFields on Session {
  id
  title
  status
  activity {
    ...ActivityFields
  }
  project {
    id
    slug
    name
  }
  parent {
    id
  }
  forkedFrom {
    id
  }
  isForkPending
  revertedTo {
    id
  }
  summaryRequestedAt
  archivedAt
  createdAt
  updatedAt
}`) as unknown as TypedDocumentString<ForkSessionMutation, ForkSessionMutationVariables>;
export const RevertSessionDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation RevertSession($input: RevertSessionInput!) {
  revertSession(input: $input) {
    session {
      ...SessionFields
    }
  }
}
    fragment ActivityFields on SessionActivity {
  line
  since
}
fragment SessionFields on Session {
  id
  title
  status
  activity {
    ...ActivityFields
  }
  project {
    id
    slug
    name
  }
  parent {
    id
  }
  forkedFrom {
    id
  }
  isForkPending
  revertedTo {
    id
  }
  summaryRequestedAt
  archivedAt
  createdAt
  updatedAt
}`) as unknown as TypedDocumentString<RevertSessionMutation, RevertSessionMutationVariables>;
export const UnrevertSessionDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation UnrevertSession($input: UnrevertSessionInput!) {
  unrevertSession(input: $input) {
    session {
      ...SessionFields
    }
  }
}
    fragment ActivityFields on SessionActivity {
  line
  since
}
fragment SessionFields on Session {
  id
  title
  status
  activity {
    ...ActivityFields
  }
  project {
    id
    slug
    name
  }
  parent {
    id
  }
  forkedFrom {
    id
  }
  isForkPending
  revertedTo {
    id
  }
  summaryRequestedAt
  archivedAt
  createdAt
  updatedAt
}`) as unknown as TypedDocumentString<UnrevertSessionMutation, UnrevertSessionMutationVariables>;
export const SummarizeSessionDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation SummarizeSession($input: SummarizeSessionInput!) {
  summarizeSession(input: $input) {
    session {
      ...SessionFields
    }
  }
}
    fragment ActivityFields on SessionActivity {
  line
  since
}
fragment SessionFields on Session {
  id
  title
  status
  activity {
    ...ActivityFields
  }
  project {
    id
    slug
    name
  }
  parent {
    id
  }
  forkedFrom {
    id
  }
  isForkPending
  revertedTo {
    id
  }
  summaryRequestedAt
  archivedAt
  createdAt
  updatedAt
}`) as unknown as TypedDocumentString<SummarizeSessionMutation, SummarizeSessionMutationVariables>;
export const ArchiveSessionDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation ArchiveSession($input: ArchiveSessionInput!) {
  archiveSession(input: $input) {
    session {
      ...SessionFields
    }
  }
}
    fragment ActivityFields on SessionActivity {
  line
  since
}
fragment SessionFields on Session {
  id
  title
  status
  activity {
    ...ActivityFields
  }
  project {
    id
    slug
    name
  }
  parent {
    id
  }
  forkedFrom {
    id
  }
  isForkPending
  revertedTo {
    id
  }
  summaryRequestedAt
  archivedAt
  createdAt
  updatedAt
}`) as unknown as TypedDocumentString<ArchiveSessionMutation, ArchiveSessionMutationVariables>;
export const UnarchiveSessionDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation UnarchiveSession($input: UnarchiveSessionInput!) {
  unarchiveSession(input: $input) {
    session {
      ...SessionFields
    }
  }
}
    fragment ActivityFields on SessionActivity {
  line
  since
}
fragment SessionFields on Session {
  id
  title
  status
  activity {
    ...ActivityFields
  }
  project {
    id
    slug
    name
  }
  parent {
    id
  }
  forkedFrom {
    id
  }
  isForkPending
  revertedTo {
    id
  }
  summaryRequestedAt
  archivedAt
  createdAt
  updatedAt
}`) as unknown as TypedDocumentString<UnarchiveSessionMutation, UnarchiveSessionMutationVariables>;
export const SendPromptDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation SendPrompt($input: SendPromptInput!) {
  sendPrompt(input: $input) {
    message {
      ...MessageFields
    }
  }
}
    fragment MessageFields on Message {
  id
  role
  session {
    id
    project {
      id
    }
  }
  parts {
    ...PartFields
  }
  error {
    name
    message
    isRetryable
    statusCode
  }
  delivery
  agent
  model
  usage {
    inputTokens
    outputTokens
    reasoningTokens
    cacheReadTokens
    cacheWriteTokens
    costUsd
  }
  changes {
    path
    kind
    additions
    deletions
  }
  createdAt
  completedAt
}
fragment PartFields on Part {
  __typename
  ... on TextPart {
    id
    text
    isSynthetic
    isComplete
  }
  ... on ReasoningPart {
    id
    text
    isComplete
  }
  ... on ToolPart {
    id
    tool
    state
    title
    input
    output
    isOutputCut
    error
    childSession {
      id
    }
    startedAt
    endedAt
  }
  ... on FilePart {
    id
    mime
    filename
    size
    path
    attachment
  }
  ... on PatchPart {
    id
    files
  }
  ... on StepPart {
    id
    kind
    reason
  }
  ... on SubtaskPart {
    id
    agent
    description
    prompt
  }
  ... on CommandPart {
    id
    name
    arguments
  }
  ... on UnknownPart {
    id
    partKind: kind
    json
  }
}`) as unknown as TypedDocumentString<SendPromptMutation, SendPromptMutationVariables>;
export const RunCommandDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation RunCommand($input: RunCommandInput!) {
  runCommand(input: $input) {
    message {
      ...MessageFields
    }
  }
}
    fragment MessageFields on Message {
  id
  role
  session {
    id
    project {
      id
    }
  }
  parts {
    ...PartFields
  }
  error {
    name
    message
    isRetryable
    statusCode
  }
  delivery
  agent
  model
  usage {
    inputTokens
    outputTokens
    reasoningTokens
    cacheReadTokens
    cacheWriteTokens
    costUsd
  }
  changes {
    path
    kind
    additions
    deletions
  }
  createdAt
  completedAt
}
fragment PartFields on Part {
  __typename
  ... on TextPart {
    id
    text
    isSynthetic
    isComplete
  }
  ... on ReasoningPart {
    id
    text
    isComplete
  }
  ... on ToolPart {
    id
    tool
    state
    title
    input
    output
    isOutputCut
    error
    childSession {
      id
    }
    startedAt
    endedAt
  }
  ... on FilePart {
    id
    mime
    filename
    size
    path
    attachment
  }
  ... on PatchPart {
    id
    files
  }
  ... on StepPart {
    id
    kind
    reason
  }
  ... on SubtaskPart {
    id
    agent
    description
    prompt
  }
  ... on CommandPart {
    id
    name
    arguments
  }
  ... on UnknownPart {
    id
    partKind: kind
    json
  }
}`) as unknown as TypedDocumentString<RunCommandMutation, RunCommandMutationVariables>;
export const CancelPromptDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation CancelPrompt($input: CancelPromptInput!) {
  cancelPrompt(input: $input) {
    message {
      ...MessageFields
    }
  }
}
    fragment MessageFields on Message {
  id
  role
  session {
    id
    project {
      id
    }
  }
  parts {
    ...PartFields
  }
  error {
    name
    message
    isRetryable
    statusCode
  }
  delivery
  agent
  model
  usage {
    inputTokens
    outputTokens
    reasoningTokens
    cacheReadTokens
    cacheWriteTokens
    costUsd
  }
  changes {
    path
    kind
    additions
    deletions
  }
  createdAt
  completedAt
}
fragment PartFields on Part {
  __typename
  ... on TextPart {
    id
    text
    isSynthetic
    isComplete
  }
  ... on ReasoningPart {
    id
    text
    isComplete
  }
  ... on ToolPart {
    id
    tool
    state
    title
    input
    output
    isOutputCut
    error
    childSession {
      id
    }
    startedAt
    endedAt
  }
  ... on FilePart {
    id
    mime
    filename
    size
    path
    attachment
  }
  ... on PatchPart {
    id
    files
  }
  ... on StepPart {
    id
    kind
    reason
  }
  ... on SubtaskPart {
    id
    agent
    description
    prompt
  }
  ... on CommandPart {
    id
    name
    arguments
  }
  ... on UnknownPart {
    id
    partKind: kind
    json
  }
}`) as unknown as TypedDocumentString<CancelPromptMutation, CancelPromptMutationVariables>;
export const RetryPromptDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation RetryPrompt($input: RetryPromptInput!) {
  retryPrompt(input: $input) {
    message {
      ...MessageFields
    }
  }
}
    fragment MessageFields on Message {
  id
  role
  session {
    id
    project {
      id
    }
  }
  parts {
    ...PartFields
  }
  error {
    name
    message
    isRetryable
    statusCode
  }
  delivery
  agent
  model
  usage {
    inputTokens
    outputTokens
    reasoningTokens
    cacheReadTokens
    cacheWriteTokens
    costUsd
  }
  changes {
    path
    kind
    additions
    deletions
  }
  createdAt
  completedAt
}
fragment PartFields on Part {
  __typename
  ... on TextPart {
    id
    text
    isSynthetic
    isComplete
  }
  ... on ReasoningPart {
    id
    text
    isComplete
  }
  ... on ToolPart {
    id
    tool
    state
    title
    input
    output
    isOutputCut
    error
    childSession {
      id
    }
    startedAt
    endedAt
  }
  ... on FilePart {
    id
    mime
    filename
    size
    path
    attachment
  }
  ... on PatchPart {
    id
    files
  }
  ... on StepPart {
    id
    kind
    reason
  }
  ... on SubtaskPart {
    id
    agent
    description
    prompt
  }
  ... on CommandPart {
    id
    name
    arguments
  }
  ... on UnknownPart {
    id
    partKind: kind
    json
  }
}`) as unknown as TypedDocumentString<RetryPromptMutation, RetryPromptMutationVariables>;
export const AbortSessionDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation AbortSession($input: AbortSessionInput!) {
  abortSession(input: $input) {
    session {
      ...SessionFields
    }
  }
}
    fragment ActivityFields on SessionActivity {
  line
  since
}
fragment SessionFields on Session {
  id
  title
  status
  activity {
    ...ActivityFields
  }
  project {
    id
    slug
    name
  }
  parent {
    id
  }
  forkedFrom {
    id
  }
  isForkPending
  revertedTo {
    id
  }
  summaryRequestedAt
  archivedAt
  createdAt
  updatedAt
}`) as unknown as TypedDocumentString<AbortSessionMutation, AbortSessionMutationVariables>;
export const ContinueSessionDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation ContinueSession($input: ContinueSessionInput!) {
  continueSession(input: $input) {
    message {
      ...MessageFields
    }
  }
}
    fragment MessageFields on Message {
  id
  role
  session {
    id
    project {
      id
    }
  }
  parts {
    ...PartFields
  }
  error {
    name
    message
    isRetryable
    statusCode
  }
  delivery
  agent
  model
  usage {
    inputTokens
    outputTokens
    reasoningTokens
    cacheReadTokens
    cacheWriteTokens
    costUsd
  }
  changes {
    path
    kind
    additions
    deletions
  }
  createdAt
  completedAt
}
fragment PartFields on Part {
  __typename
  ... on TextPart {
    id
    text
    isSynthetic
    isComplete
  }
  ... on ReasoningPart {
    id
    text
    isComplete
  }
  ... on ToolPart {
    id
    tool
    state
    title
    input
    output
    isOutputCut
    error
    childSession {
      id
    }
    startedAt
    endedAt
  }
  ... on FilePart {
    id
    mime
    filename
    size
    path
    attachment
  }
  ... on PatchPart {
    id
    files
  }
  ... on StepPart {
    id
    kind
    reason
  }
  ... on SubtaskPart {
    id
    agent
    description
    prompt
  }
  ... on CommandPart {
    id
    name
    arguments
  }
  ... on UnknownPart {
    id
    partKind: kind
    json
  }
}`) as unknown as TypedDocumentString<ContinueSessionMutation, ContinueSessionMutationVariables>;
export const SessionStreamDocument = /*#__PURE__*/ new TypedDocumentString(`
    subscription SessionStream($session: ID!) {
  sessionStream(session: $session) {
    __typename
    ... on SessionSnapshot {
      session {
        ...SessionFields
      }
      messages {
        ...MessageFields
      }
      todoList: session {
        todos {
          ...TodoFields
        }
      }
      cursor
    }
    ... on TodosChanged {
      changed: session {
        todos {
          ...TodoFields
        }
      }
    }
    ... on MessageChanged {
      messageId
      message {
        ...MessageFields
      }
    }
    ... on PartChanged {
      messageId
      part {
        ...PartFields
      }
    }
    ... on TextAppended {
      messageId
      partId
      offset
      text
    }
    ... on SessionStatusChanged {
      status
      activity {
        ...ActivityFields
      }
    }
  }
}
    fragment ActivityFields on SessionActivity {
  line
  since
}
fragment TodoFields on Todo {
  content
  status
  priority
}
fragment SessionFields on Session {
  id
  title
  status
  activity {
    ...ActivityFields
  }
  project {
    id
    slug
    name
  }
  parent {
    id
  }
  forkedFrom {
    id
  }
  isForkPending
  revertedTo {
    id
  }
  summaryRequestedAt
  archivedAt
  createdAt
  updatedAt
}
fragment MessageFields on Message {
  id
  role
  session {
    id
    project {
      id
    }
  }
  parts {
    ...PartFields
  }
  error {
    name
    message
    isRetryable
    statusCode
  }
  delivery
  agent
  model
  usage {
    inputTokens
    outputTokens
    reasoningTokens
    cacheReadTokens
    cacheWriteTokens
    costUsd
  }
  changes {
    path
    kind
    additions
    deletions
  }
  createdAt
  completedAt
}
fragment PartFields on Part {
  __typename
  ... on TextPart {
    id
    text
    isSynthetic
    isComplete
  }
  ... on ReasoningPart {
    id
    text
    isComplete
  }
  ... on ToolPart {
    id
    tool
    state
    title
    input
    output
    isOutputCut
    error
    childSession {
      id
    }
    startedAt
    endedAt
  }
  ... on FilePart {
    id
    mime
    filename
    size
    path
    attachment
  }
  ... on PatchPart {
    id
    files
  }
  ... on StepPart {
    id
    kind
    reason
  }
  ... on SubtaskPart {
    id
    agent
    description
    prompt
  }
  ... on CommandPart {
    id
    name
    arguments
  }
  ... on UnknownPart {
    id
    partKind: kind
    json
  }
}`) as unknown as TypedDocumentString<SessionStreamSubscription, SessionStreamSubscriptionVariables>;
export const ProjectUsageDocument = /*#__PURE__*/ new TypedDocumentString(`
    query ProjectUsage($by: ProjectBy!, $days: Int, $utcOffset: Int) {
  project(by: $by) {
    id
    slug
    name
    all: usage {
      ...UsageFields
    }
    today: usageToday(utcOffset: $utcOffset) {
      ...UsageFields
    }
    byDay: usageByDay(days: $days, utcOffset: $utcOffset) {
      date
      usage {
        ...UsageFields
      }
    }
  }
}
    fragment UsageFields on Usage {
  answers
  inputTokens
  outputTokens
  reasoningTokens
  cacheReadTokens
  cacheWriteTokens
  costUsd
}`) as unknown as TypedDocumentString<ProjectUsageQuery, ProjectUsageQueryVariables>;
export const SessionUsageDocument = /*#__PURE__*/ new TypedDocumentString(`
    query SessionUsage($session: ID!) {
  session(id: $session) {
    usage {
      ...UsageFields
    }
  }
}
    fragment UsageFields on Usage {
  answers
  inputTokens
  outputTokens
  reasoningTokens
  cacheReadTokens
  cacheWriteTokens
  costUsd
}`) as unknown as TypedDocumentString<SessionUsageQuery, SessionUsageQueryVariables>;
export const UsageBySessionDocument = /*#__PURE__*/ new TypedDocumentString(`
    query UsageBySession($by: ProjectBy!, $first: Int!, $after: String, $archived: Boolean) {
  project(by: $by) {
    sessions(first: $first, after: $after, archived: $archived) {
      nodes {
        id
        title
        updatedAt
        parent {
          id
        }
        usage {
          ...UsageFields
        }
      }
      pageInfo {
        endCursor
        hasNextPage
      }
    }
  }
}
    fragment UsageFields on Usage {
  answers
  inputTokens
  outputTokens
  reasoningTokens
  cacheReadTokens
  cacheWriteTokens
  costUsd
}`) as unknown as TypedDocumentString<UsageBySessionQuery, UsageBySessionQueryVariables>;
export const CostsTodayDocument = /*#__PURE__*/ new TypedDocumentString(`
    query CostsToday($first: Int!, $after: String, $utcOffset: Int) {
  projects(first: $first, after: $after) {
    nodes {
      id
      usageToday(utcOffset: $utcOffset) {
        costUsd
      }
    }
    pageInfo {
      endCursor
      hasNextPage
    }
  }
}
    `) as unknown as TypedDocumentString<CostsTodayQuery, CostsTodayQueryVariables>;
export const UsagesDocument = /*#__PURE__*/ new TypedDocumentString(`
    query Usages($first: Int!, $after: String, $utcOffset: Int) {
  projects(first: $first, after: $after) {
    nodes {
      id
      slug
      name
      all: usage {
        ...UsageFields
      }
      today: usageToday(utcOffset: $utcOffset) {
        ...UsageFields
      }
    }
    pageInfo {
      endCursor
      hasNextPage
    }
  }
}
    fragment UsageFields on Usage {
  answers
  inputTokens
  outputTokens
  reasoningTokens
  cacheReadTokens
  cacheWriteTokens
  costUsd
}`) as unknown as TypedDocumentString<UsagesQuery, UsagesQueryVariables>;
export const OperationByIdDocument = /*#__PURE__*/ new TypedDocumentString(`
    query OperationById($id: ID!) {
  node(id: $id) {
    __typename
    ... on Operation {
      ...OperationFields
    }
  }
}
    fragment ProblemFields on Problem {
  code
  message
  since
  nextAttemptAt
}
fragment OperationFields on Operation {
  id
  kind
  state
  project {
    id
    slug
    name
  }
  steps {
    name
    state
    detail
    startedAt
    finishedAt
  }
  attempts
  problem {
    ...ProblemFields
  }
  createdAt
  startedAt
  finishedAt
}`) as unknown as TypedDocumentString<OperationByIdQuery, OperationByIdQueryVariables>;
export const OperationsDocument = /*#__PURE__*/ new TypedDocumentString(`
    query Operations($first: Int, $after: String, $filter: OperationFilter) {
  operations(first: $first, after: $after, filter: $filter) {
    nodes {
      ...OperationFields
    }
    pageInfo {
      endCursor
      hasNextPage
    }
  }
}
    fragment ProblemFields on Problem {
  code
  message
  since
  nextAttemptAt
}
fragment OperationFields on Operation {
  id
  kind
  state
  project {
    id
    slug
    name
  }
  steps {
    name
    state
    detail
    startedAt
    finishedAt
  }
  attempts
  problem {
    ...ProblemFields
  }
  createdAt
  startedAt
  finishedAt
}`) as unknown as TypedDocumentString<OperationsQuery, OperationsQueryVariables>;
export const RetryOperationDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation RetryOperation($input: RetryOperationInput!) {
  retryOperation(input: $input) {
    operation {
      ...OperationFields
    }
  }
}
    fragment ProblemFields on Problem {
  code
  message
  since
  nextAttemptAt
}
fragment OperationFields on Operation {
  id
  kind
  state
  project {
    id
    slug
    name
  }
  steps {
    name
    state
    detail
    startedAt
    finishedAt
  }
  attempts
  problem {
    ...ProblemFields
  }
  createdAt
  startedAt
  finishedAt
}`) as unknown as TypedDocumentString<RetryOperationMutation, RetryOperationMutationVariables>;
export const CancelOperationDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation CancelOperation($input: CancelOperationInput!) {
  cancelOperation(input: $input) {
    operation {
      ...OperationFields
    }
  }
}
    fragment ProblemFields on Problem {
  code
  message
  since
  nextAttemptAt
}
fragment OperationFields on Operation {
  id
  kind
  state
  project {
    id
    slug
    name
  }
  steps {
    name
    state
    detail
    startedAt
    finishedAt
  }
  attempts
  problem {
    ...ProblemFields
  }
  createdAt
  startedAt
  finishedAt
}`) as unknown as TypedDocumentString<CancelOperationMutation, CancelOperationMutationVariables>;
