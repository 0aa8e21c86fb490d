/** The questions that the product asks. Whoever launches it answers four; everything else has a default. */
import { CfnCondition, CfnParameter, CfnRule, Fn, type ICfnConditionExpression, type Stack } from 'aws-cdk-lib';

import type { YesNo } from './enable-services.ts';
import type { RemediationConfiguration } from './remediation.ts';
import type { MappingFile } from './repository-loader.ts';
import type { PublishTo } from './security-hub.ts';

/** Answers, by question. */
export interface Parameters {
  readonly vpcId: string;
  readonly subnetIds: readonly [string, string];
  readonly interfaceEndpoints: CfnCondition;
  readonly alarmEmail: string;
  readonly findingFormat: string;
  /** Whether that is the new Security Hub's. */
  readonly v2: CfnCondition;
  readonly publishTo: PublishTo;
  readonly mappingFile: MappingFile;
  readonly remediation: RemediationConfiguration;
  readonly enableConfig: YesNo;
  readonly enableSecurityHub: YesNo;
  readonly securityHubStandards: string;
  readonly enableGuardDuty: YesNo;
  readonly language: string;
  readonly maximumConcurrency: number;
  readonly logRetentionDays: number;
  readonly databaseClass: string;
  readonly databaseStorage: string;
  readonly multiAz: CfnCondition;
  readonly deletionProtection: CfnCondition;
  readonly backupRetentionDays: number;
  /** Every answer as it is, but the e-mail address, which belongs in no log. */
  readonly all: readonly string[];
}

/** What CloudWatch Logs takes. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const RETENTION_DAYS = ['1', '3', '5', '7', '14', '30', '60', '90', '120', '150', '180', '365', '400', '545', '731'];

/** `s3://<bucket>/<key>`; the key without what a policy would take for a wildcard. */
const OBJECT_URI = String.raw`(s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/[A-Za-z0-9!_.'()/-]{1,900})?`;

/**
 * Classes with at least 2 GiB: IAM authentication needs 300 to 1,000 MiB to spare.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html
 */
const DATABASE_CLASSES = ['db.t4g.small', 'db.t4g.medium', 'db.t4g.large', 'db.m7g.large', 'db.m7g.xlarge'];

/**
 * Declares the parameters of a stack, the form that Service Catalog shows of them, and the rules that refuse answers
 * which do not go together before anything is created.
 */
export function declareParameters(stack: Stack): Parameters {
  const groups: { label: string; names: string[] }[] = [];
  const labels: Record<string, { default: string }> = {};
  const group = (label: string) => groups.push({ label, names: [] });
  const all: CfnParameter[] = [];
  const ask = (name: string, label: string, props: ConstructorParameters<typeof CfnParameter>[2]) => {
    groups.at(-1)?.names.push(name);
    labels[name] = { default: label };
    const parameter = new CfnParameter(stack, name, props);
    all.push(parameter);
    return parameter;
  };
  const askYesNo = (name: string, label: string, defaultAnswer: 'yes' | 'no', description: string) => {
    const answer = ask(name, label, { default: defaultAnswer, allowedValues: ['yes', 'no'], description });
    const wanted = new CfnCondition(stack, `${name}Wanted`, {
      expression: Fn.conditionEquals(answer.valueAsString, 'yes'),
    });
    return { value: answer.valueAsString, wanted };
  };

  group('Network');
  const vpcId = ask('VpcId', 'VPC', {
    type: 'AWS::EC2::VPC::Id',
    description: 'VPC that database and functions are placed in.',
  });
  const firstSubnet = ask('FirstSubnetId', 'First private subnet', {
    type: 'AWS::EC2::Subnet::Id',
    description: 'Private subnet of that VPC.',
  });
  const secondSubnet = ask('SecondSubnetId', 'Second private subnet', {
    type: 'AWS::EC2::Subnet::Id',
    description: 'Private subnet of that VPC in another Availability Zone.',
  });
  const interfaceEndpoints = askYesNo(
    'InterfaceEndpoints',
    'Make interface endpoints?',
    'no',
    'Answer yes where the subnets have no route to the internet through NAT. Nothing else in the VPC uses them.',
  );

  group('Alarms and logs');
  const alarmEmail = ask('AlarmEmail', 'E-mail for alarms', {
    allowedPattern: String.raw`[^@\s]+@[^@\s]+\.[^@\s]+`,
    constraintDescription: 'must be one e-mail address',
    description: 'Receives the alarms, once its owner has confirmed the message that AWS sends.',
  });
  const logRetention = ask('LogRetentionDays', 'Days to keep logs', {
    type: 'Number',
    default: '90',
    allowedValues: RETENTION_DAYS,
    description: 'Logs hold counts and reasons, no findings.',
  });

  group('Services to turn on where they are off');
  const enableConfig = askYesNo(
    'EnableConfig',
    'Turn on AWS Config?',
    'no',
    'Records every resource of this account and Region, and charges for each change. Stays on when the product goes.',
  );
  const enableSecurityHub = askYesNo(
    'EnableSecurityHub',
    'Turn on Security Hub (CSPM)?',
    'no',
    'Where it is on, nothing changes. Stays on when the product goes.',
  );
  const securityHubStandards = ask('SecurityHubStandards', 'With its default standards?', {
    default: 'no',
    allowedValues: ['yes', 'no'],
    description:
      'Of the Security Hub turned on here: CIS and AWS best practices, which need AWS Config and charge for checks.',
  });
  const enableGuardDuty = askYesNo(
    'EnableGuardDuty',
    'Turn on GuardDuty?',
    'no',
    'With the protection plans that it starts with. Stays on when the product goes.',
  );

  group('Findings');
  const findingFormat = ask('FindingFormat', 'Where findings come from', {
    default: 'cspm',
    allowedValues: ['cspm', 'v2'],
    description: 'cspm: Security Hub CSPM. v2: the new Security Hub, only where CSPM has no findings but ours.',
  });
  const v2 = new CfnCondition(stack, 'FindingsAreV2', {
    expression: Fn.conditionEquals(findingFormat.valueAsString, 'v2'),
  });
  const publishTo = ask('PublishTo', 'Where technique findings are written', {
    default: 'hub',
    allowedValues: ['hub', 'owner'],
    description: 'hub: this account. owner: the account and Region of the source, through a role in each account.',
  });
  const owner = new CfnCondition(stack, 'PublishToOwner', {
    expression: Fn.conditionEquals(publishTo.valueAsString, 'owner'),
  });
  const mappingFileUri = ask('MappingFileUri', 'Your own mappings (optional)', {
    default: '',
    allowedPattern: OBJECT_URI,
    constraintDescription: "must be empty or s3://<bucket>/<key>, the key of letters, digits and !_.'()/- only",
    description: 'YAML file in S3, as docs/customer-mappings.md says. A changed file is read under a new name only.',
  });
  const mappingFileGiven = new CfnCondition(stack, 'MappingFileGiven', {
    expression: not(Fn.conditionEquals(mappingFileUri.valueAsString, '')),
  });
  const language = ask('Language', 'Language of the findings', {
    default: 'en',
    allowedValues: ['en', 'es'],
    description: 'Of titles, descriptions and advice. What is filtered on stays English.',
  });
  const maximumConcurrency = ask('MaximumConcurrency', 'Batches at one time', {
    type: 'Number',
    default: '5',
    // Fewer than 2 Lambda does not take; more than 20 would only wait for Security Hub's ten calls a second.
    minValue: 2,
    maxValue: 20,
    description: 'Batches of findings that are enriched at one time.',
  });

  group('Remediation (optional)');
  const remediationUri = ask('RemediationConfigurationUri', 'Configuration of remediation', {
    default: '',
    allowedPattern: OBJECT_URI,
    constraintDescription: "must be empty or s3://<bucket>/<key>, the key of letters, digits and !_.'()/- only",
    description: 'YAML file in S3 of this account, as docs/remediation.md says. Empty: nothing is ever changed.',
  });
  const remediationGiven = new CfnCondition(stack, 'RemediationWanted', {
    expression: not(Fn.conditionEquals(remediationUri.valueAsString, '')),
  });

  group('Database');
  const databaseClass = ask('DatabaseClass', 'Instance class', {
    default: 'db.t4g.small',
    allowedValues: DATABASE_CLASSES,
    description: 'The smallest one does for some hundred accounts.',
  });
  const databaseStorage = ask('DatabaseStorage', 'Storage in GiB', {
    type: 'Number',
    default: '20',
    minValue: 20,
    maxValue: 500,
    description: 'To begin with: it grows by itself, up to 1,000 GiB. It can never be made smaller.',
  });
  const multiAz = askYesNo('MultiAz', 'Standby in the other zone?', 'no', 'Doubles the price of the database.');
  const deletionProtection = askYesNo(
    'DeletionProtection',
    'Protect the database from deletion?',
    'yes',
    'Answer no, by an update, before you terminate the product. The database ends in a snapshot in any case.',
  );
  const backupRetention = ask('BackupRetentionDays', 'Days to keep backups', {
    type: 'Number',
    default: '7',
    minValue: 1,
    maxValue: 35,
    description: 'Of the daily backups, and how far back a point in time can be restored.',
  });

  const subnets = [firstSubnet, secondSubnet];
  new CfnRule(stack, 'SubnetsAreInTheVpc', {
    assertions: subnets.map((subnet) => ({
      assert: Fn.conditionEquals(Fn.valueOf(subnet.logicalId, 'VpcId'), Fn.ref(vpcId.logicalId)),
      assertDescription: `${labels[subnet.node.id]?.default ?? ''}: must be in the VPC chosen`,
    })),
  });
  new CfnRule(stack, 'SubnetsAreInTwoZones', {
    assertions: [
      {
        assert: not(Fn.conditionEquals(zoneOf(firstSubnet), zoneOf(secondSubnet))),
        assertDescription: 'The two subnets must be in different Availability Zones',
      },
    ],
  });

  const only = (id: string, ruleCondition: ICfnConditionExpression, assert: ICfnConditionExpression, words: string) =>
    new CfnRule(stack, id, { ruleCondition, assertions: [{ assert, assertDescription: words }] });
  const answered = (parameter: CfnParameter, value: string) => Fn.conditionEquals(Fn.ref(parameter.logicalId), value);
  only(
    'StandardsComeWithSecurityHub',
    answered(securityHubStandards, 'yes'),
    Fn.conditionEquals(Fn.ref('EnableSecurityHub'), 'yes'),
    'Default standards come only with a Security Hub turned on here: answer yes to EnableSecurityHub too',
  );
  only(
    'FindingsComeOnce',
    answered(findingFormat, 'v2'),
    answered(securityHubStandards, 'no'),
    'With FindingFormat v2, standards of CSPM would find what nobody enriches: answer no to SecurityHubStandards',
  );
  only(
    'OwnersAreReachedThroughNat',
    answered(publishTo, 'owner'),
    Fn.conditionEquals(Fn.ref('InterfaceEndpoints'), 'no'),
    'PublishTo owner calls STS, and Security Hub in other Regions, through NAT: answer no to InterfaceEndpoints',
  );

  only(
    'MembersAreReachedThroughNat',
    not(answered(remediationUri, '')),
    Fn.conditionEquals(Fn.ref('InterfaceEndpoints'), 'no'),
    'Remediation calls STS and services of member accounts through NAT: answer no to InterfaceEndpoints',
  );

  stack.templateOptions.metadata = {
    'AWS::CloudFormation::Interface': {
      ParameterGroups: groups.map(({ label, names }) => ({ Label: { default: label }, Parameters: names })),
      ParameterLabels: labels,
    },
  };

  return {
    vpcId: vpcId.valueAsString,
    subnetIds: [firstSubnet.valueAsString, secondSubnet.valueAsString],
    interfaceEndpoints: interfaceEndpoints.wanted,
    alarmEmail: alarmEmail.valueAsString,
    findingFormat: findingFormat.valueAsString,
    v2,
    publishTo: { value: publishTo.valueAsString, owner },
    mappingFile: { uri: mappingFileUri.valueAsString, given: mappingFileGiven },
    remediation: { uri: remediationUri.valueAsString, given: remediationGiven },
    enableConfig,
    enableSecurityHub,
    securityHubStandards: securityHubStandards.valueAsString,
    enableGuardDuty,
    language: language.valueAsString,
    maximumConcurrency: maximumConcurrency.valueAsNumber,
    logRetentionDays: logRetention.valueAsNumber,
    databaseClass: databaseClass.valueAsString,
    databaseStorage: databaseStorage.valueAsString,
    multiAz: multiAz.wanted,
    deletionProtection: deletionProtection.wanted,
    backupRetentionDays: backupRetention.valueAsNumber,
    all: all.filter((parameter) => parameter !== alarmEmail).map(({ logicalId }) => Fn.ref(logicalId)),
  };
}

function zoneOf(subnet: CfnParameter): string {
  return Fn.valueOf(subnet.logicalId, 'AvailabilityZone');
}

function not(condition: ICfnConditionExpression): ICfnConditionExpression {
  return Fn.conditionNot(condition);
}
