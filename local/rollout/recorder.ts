/** Recorders of AWS Config, as its advanced query gives them out, and what they record. */
import { z } from 'zod';
import { flag, SERVICE_LINKED_RECORDER } from '../../lambda/core/recorder-row.ts';
import type { Place } from './place.ts';

/**
 * AWS Config records its own recorders everywhere, without a charge, so that an aggregator has them.
 *
 * Source: https://docs.aws.amazon.com/config/latest/developerguide/stop-start-recorder.html#drift-detection; the properties are
 * those of https://github.com/awslabs/aws-config-resource-schema
 */
export const RECORDER_QUERY =
  'SELECT accountId, awsRegion, configuration.Name, configuration.Recording, ' +
  'configuration.RecordingGroup.AllSupported, configuration.RecordingGroup.IncludeGlobalResourceTypes, ' +
  'configuration.RecordingGroup.RecordingStrategy.UseOnly, configuration.RecordingGroup.ResourceTypes, ' +
  'configuration.RecordingGroup.ExclusionByResourceTypes.ResourceTypes ' +
  "WHERE resourceType = 'AWS::Config::ConfigurationRecorder'";

/** Left out by `AllSupported` unless asked for. https://docs.aws.amazon.com/config/latest/APIReference/API_RecordingGroup.html */
const GLOBAL_TYPES = ['AWS::IAM::User', 'AWS::IAM::Group', 'AWS::IAM::Role', 'AWS::IAM::Policy'];

export interface Recorder extends Place {
  readonly name: string;
  readonly recording: boolean;
  readonly records: Recorded;
}

/** The resource types that are recorded: all but some, or some. `unclear` where the answer does not tell. */
export type Recorded =
  { readonly except: readonly string[] } | { readonly only: readonly string[] } | { readonly unclear: true };

const types = z.array(z.string());

const row = z.object({
  accountId: z.string(),
  awsRegion: z.string(),
  configuration: z.object({
    Name: z.string().default(''),
    Recording: flag.optional(),
    RecordingGroup: z
      .object({
        AllSupported: flag.optional(),
        IncludeGlobalResourceTypes: flag.optional(),
        RecordingStrategy: z.object({ UseOnly: z.string().optional() }).optional(),
        ResourceTypes: types.optional(),
        ExclusionByResourceTypes: z.object({ ResourceTypes: types.optional() }).optional(),
      })
      .optional(),
  }),
});

/**
 * Reads one row of the answer to {@link RECORDER_QUERY}.
 *
 * @returns undefined for the recorder of a service
 * @throws Error where it is no such row: what cannot be read must not pass for a recorder
 */
export function parseRecorder(text: string): Recorder | undefined {
  const { accountId, awsRegion, configuration } = row.parse(JSON.parse(text));
  if (configuration.Name.startsWith(SERVICE_LINKED_RECORDER)) return undefined;
  return {
    account: accountId,
    region: awsRegion,
    name: configuration.Name,
    recording: configuration.Recording === true,
    records: recordedBy(configuration.RecordingGroup),
  };
}

type RecordingGroup = z.output<typeof row>['configuration']['RecordingGroup'];

function recordedBy(group: RecordingGroup): Recorded {
  if (group === undefined) return { unclear: true };
  const strategy = group.RecordingStrategy?.UseOnly;
  if (strategy === 'EXCLUSION_BY_RESOURCE_TYPES') {
    return { except: group.ExclusionByResourceTypes?.ResourceTypes ?? [] };
  }
  if (strategy === 'INCLUSION_BY_RESOURCE_TYPES') return { only: group.ResourceTypes ?? [] };
  if (strategy === 'ALL_SUPPORTED_RESOURCE_TYPES' || group.AllSupported === true) {
    return { except: group.IncludeGlobalResourceTypes === true ? [] : GLOBAL_TYPES };
  }
  // Recorders from before there were strategies.
  return group.ResourceTypes === undefined ? { unclear: true } : { only: group.ResourceTypes };
}

/** Whether resources of a type are recorded; undefined where it is unclear. */
export function isRecorded(type: string, records: Recorded): boolean | undefined {
  if ('unclear' in records) return undefined;
  return 'only' in records ? records.only.includes(type) : !records.except.includes(type);
}
