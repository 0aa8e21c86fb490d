import type { Mistake } from './schema.ts';
import { intrinsicOf, isNoValue, type Template } from './template.ts';

/** What a service takes for a property; CloudFormation's schema does not say it. */
interface AllowedValues {
  /** Texts, or numbers as texts, each with the day on which its support ends where it does. */
  readonly values?: Readonly<Record<string, string | undefined>>;
  /** Numbers from and to. */
  readonly range?: readonly [from: number, to: number];
  /** Page of AWS that says so. */
  readonly source: string;
}

const LAMBDA = 'https://docs.aws.amazon.com/lambda/latest/dg/';
const LAMBDA_API = 'https://docs.aws.amazon.com/lambda/latest/api/';
const RDS = 'https://docs.aws.amazon.com/AmazonRDS/latest/';
const LOGS = 'https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/';
const SQS = 'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/';
const EVENTS = 'https://docs.aws.amazon.com/eventbridge/latest/APIReference/';

/** Ends of standard support of the versions of PostgreSQL that we may use. */
const POSTGRES = { '15': '2028-02-29', '16': '2029-02-28', '17': '2030-02-28', '18': '2031-02-28' };
const POSTGRES_CALENDAR = `${RDS}PostgreSQLReleaseNotes/postgresql-release-calendar.html`;

/**
 * Ends of support of runtimes. Those of Python are for functions that CDK brings; that of 3.13 is forecast.
 * nodejs20.x has ended on 30 April 2026.
 */
const RUNTIMES = {
  'nodejs22.x': '2027-04-30',
  'nodejs24.x': '2028-04-30',
  'python3.13': '2029-06-30',
};

/** By type and property. What is not in here is not looked at, but by the schema. */
export const ALLOWED_VALUES: Readonly<Record<string, AllowedValues>> = {
  'AWS::Lambda::Function.Runtime': { values: RUNTIMES, source: `${LAMBDA}lambda-runtimes.html` },
  'AWS::Lambda::Function.Architectures.0': {
    values: { arm64: undefined },
    source: `${LAMBDA}foundation-arch.html (x86_64 exists too; ours run on arm64)`,
  },
  'AWS::Lambda::Function.Timeout': { range: [1, 900], source: `${LAMBDA}gettingstarted-limits.html` },
  'AWS::Lambda::Function.MemorySize': { range: [128, 10_240], source: `${LAMBDA}gettingstarted-limits.html` },
  'AWS::Lambda::Function.TracingConfig.Mode': {
    values: { Active: undefined, PassThrough: undefined },
    source: `${LAMBDA_API}API_TracingConfig.html`,
  },
  'AWS::Lambda::EventSourceMapping.BatchSize': {
    range: [1, 10_000],
    source: `${LAMBDA_API}API_CreateEventSourceMapping.html`,
  },
  'AWS::Lambda::EventSourceMapping.MaximumBatchingWindowInSeconds': {
    range: [0, 300],
    source: `${LAMBDA_API}API_CreateEventSourceMapping.html`,
  },
  'AWS::Lambda::EventSourceMapping.ScalingConfig.MaximumConcurrency': {
    range: [2, 1000],
    source: `${LAMBDA_API}API_ScalingConfig.html`,
  },
  'AWS::Lambda::EventInvokeConfig.MaximumRetryAttempts': {
    range: [0, 2],
    source: `${LAMBDA_API}API_PutFunctionEventInvokeConfig.html`,
  },
  'AWS::RDS::DBInstance.Engine': {
    values: { postgres: undefined },
    source: `${RDS}APIReference/API_CreateDBInstance.html`,
  },
  'AWS::RDS::DBInstance.EngineVersion': { values: POSTGRES, source: POSTGRES_CALENDAR },
  'AWS::RDS::DBInstance.StorageType': {
    values: { gp3: undefined },
    source: `${RDS}APIReference/API_CreateDBInstance.html (others exist; ours is gp3)`,
  },
  'AWS::RDS::DBInstance.AllocatedStorage': { range: [20, 65_536], source: `${RDS}UserGuide/CHAP_Storage.html` },
  'AWS::RDS::DBInstance.MaxAllocatedStorage': { range: [20, 65_536], source: `${RDS}UserGuide/CHAP_Storage.html` },
  'AWS::RDS::DBInstance.BackupRetentionPeriod': {
    range: [1, 35],
    source: `${RDS}UserGuide/USER_WorkingWithAutomatedBackups.BackupRetention.html (0 would switch backups off)`,
  },
  'AWS::RDS::DBInstance.CACertificateIdentifier': {
    values: { 'rds-ca-rsa2048-g1': undefined, 'rds-ca-rsa4096-g1': undefined, 'rds-ca-ecc384-g1': undefined },
    source: `${RDS}UserGuide/UsingWithRDS.SSL.html`,
  },
  'AWS::RDS::DBParameterGroup.Family': {
    values: Object.fromEntries(Object.entries(POSTGRES).map(([major, end]) => [`postgres${major}`, end])),
    source: POSTGRES_CALENDAR,
  },
  'AWS::Logs::LogGroup.RetentionInDays': {
    values: Object.fromEntries(
      [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653].map(
        (days) => [String(days), undefined],
      ),
    ),
    source: `${LOGS}API_PutRetentionPolicy.html`,
  },
  'AWS::SQS::Queue.MessageRetentionPeriod': { range: [60, 1_209_600], source: `${SQS}API_SetQueueAttributes.html` },
  'AWS::SQS::Queue.VisibilityTimeout': { range: [0, 43_200], source: `${SQS}API_SetQueueAttributes.html` },
  'AWS::SQS::Queue.KmsDataKeyReusePeriodSeconds': { range: [60, 86_400], source: `${SQS}API_SetQueueAttributes.html` },
  'AWS::SQS::Queue.RedrivePolicy.maxReceiveCount': { range: [1, 1000], source: `${SQS}API_SetQueueAttributes.html` },
  'AWS::Events::Rule.State': {
    values: { ENABLED: undefined, DISABLED: undefined },
    source: `${EVENTS}API_PutRule.html`,
  },
  'AWS::Events::Rule.Targets.0.RetryPolicy.MaximumEventAgeInSeconds': {
    range: [60, 86_400],
    source: `${EVENTS}API_RetryPolicy.html`,
  },
};

/**
 * Values that the service would refuse, or whose support has ended. Where a parameter decides, all that it allows are
 * looked at.
 *
 * @param now an engine or runtime whose support has ended by then is a mistake
 */
export function valueMistakes(template: Template, now: Date): Mistake[] {
  return Object.entries(template.Resources).flatMap(([id, { Type, Properties = {} }]) =>
    Object.entries(ALLOWED_VALUES).flatMap(([key, allowed]): Mistake[] => {
      const [type, ...path] = key.split('.');
      if (type !== Type) return [];
      const found = path.reduce<unknown>(
        (value, name) => (value as Record<string, unknown> | undefined)?.[name],
        Properties,
      );
      return candidatesOf(found, template)
        .map((value) => ({ where: [id, ...path].join('.'), what: refusal(value, allowed, now) }))
        .filter((mistake): mistake is Mistake => mistake.what !== undefined);
    }),
  );
}

function refusal(value: string | number, { values, range, source }: AllowedValues, now: Date): string | undefined {
  if (range !== undefined) {
    const [from, to] = range;
    return Number(value) >= from && Number(value) <= to
      ? undefined
      : `${value} is not within ${from} and ${to}: ${source}`;
  }
  if (values === undefined || !(value in values)) return `${value} is not allowed: ${source}`;
  const end = values[value];
  return end !== undefined && now >= new Date(end) ? `support of ${value} has ended on ${end}: ${source}` : undefined;
}

/** Every value that a property may have: itself, the alternatives of a choice, what a parameter allows. */
function candidatesOf(value: unknown, template: Template): (string | number)[] {
  if (typeof value === 'string' || typeof value === 'number') return [value];
  const { name, argument } = intrinsicOf(value) ?? {};
  if (name === 'Fn::If') {
    const [, ...alternatives] = argument as unknown[];
    return alternatives.filter((part) => !isNoValue(part)).flatMap((part) => candidatesOf(part, template));
  }
  const parameter = name === 'Ref' ? template.Parameters?.[String(argument)] : undefined;
  if (parameter === undefined) return [];
  const { AllowedValues = [], Default, MinValue, MaxValue } = parameter;
  return [...AllowedValues, Default, MinValue, MaxValue].filter((candidate) => candidate !== undefined);
}
