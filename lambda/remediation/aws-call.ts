/**
 * Calls of AWS as data: a plan shows them, the record keeps them, and only what `services/` lists can be made at all.
 */

/** Loaded when the first call of a service is made: one message needs one or two of them. */
export const SERVICES = {
  cloudtrail: () => import('./services/cloudtrail.ts'),
  config: () => import('./services/config.ts'),
  dynamodb: () => import('./services/dynamodb.ts'),
  ec2: () => import('./services/ec2.ts'),
  elasticache: () => import('./services/elasticache.ts'),
  elbv2: () => import('./services/elbv2.ts'),
  guardduty: () => import('./services/guardduty.ts'),
  iam: () => import('./services/iam.ts'),
  kms: () => import('./services/kms.ts'),
  rds: () => import('./services/rds.ts'),
  redshift: () => import('./services/redshift.ts'),
  s3: () => import('./services/s3.ts'),
  s3control: () => import('./services/s3control.ts'),
};

type Services = { readonly [S in keyof typeof SERVICES]: Awaited<ReturnType<(typeof SERVICES)[S]>>['commands'] };

/** A service by the name that its IAM actions or its SDK client have. */
export type Service = keyof Services;
export type Operation<S extends Service> = keyof Services[S] & string;

/** What a command of the SDK takes and answers. */
type Command<S extends Service, O extends Operation<S>> = Services[S][O] extends abstract new (...args: never[]) => {
  readonly input: infer Input;
  resolveMiddleware(...args: never[]): (...args: never[]) => Promise<{ readonly output: infer Output }>;
}
  ? { readonly input: Input; readonly output: Output }
  : never;

export type Input<S extends Service, O extends Operation<S>> = Command<S, O>['input'];
export type Output<S extends Service, O extends Operation<S>> = Command<S, O>['output'];

/** One call, fit for a plan, a note and the database. */
export interface ApiCall {
  readonly service: Service;
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** A call that the SDK's own types have checked. */
export function apiCall<S extends Service, O extends Operation<S>>(
  service: S,
  operation: O,
  input: Input<S, O>,
): ApiCall {
  return { service, operation, input: input as Readonly<Record<string, unknown>> };
}

/** Makes a call with the credentials of one session in one account and Region. Throws what the SDK throws. */
export interface Session {
  call<S extends Service, O extends Operation<S>>(service: S, operation: O, input: Input<S, O>): Promise<Output<S, O>>;
  /** Makes a call of a plan. */
  make(call: ApiCall): Promise<void>;
  /** Lets go of the connections. */
  close(): void;
}

/** IAM actions that are not called like the operation. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutPublicAccessBlock.html, …/API_control_PutPublicAccessBlock.html */
const IAM_ACTIONS: Readonly<Record<string, string>> = {
  's3:GetPublicAccessBlock': 's3:GetBucketPublicAccessBlock',
  's3:PutPublicAccessBlock': 's3:PutBucketPublicAccessBlock',
  's3:DeletePublicAccessBlock': 's3:PutBucketPublicAccessBlock',
  's3control:GetPublicAccessBlock': 's3:GetAccountPublicAccessBlock',
  's3control:PutPublicAccessBlock': 's3:PutAccountPublicAccessBlock',
  's3control:DeletePublicAccessBlock': 's3:PutAccountPublicAccessBlock',
};

/** The IAM action that permits a call. */
export function iamActionOf({ service, operation }: Pick<ApiCall, 'service' | 'operation'>): string {
  const prefix = service === 'elbv2' ? 'elasticloadbalancing' : service;
  return IAM_ACTIONS[`${service}:${operation}`] ?? `${prefix}:${operation}`;
}
