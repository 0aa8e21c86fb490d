/** What is known of rows that an advanced query of AWS Config gives out about its own recorders. */
import { z } from 'zod';

/**
 * The name of a service's recorder begins with it; it records for that service only.
 *
 * Source: https://docs.aws.amazon.com/config/latest/developerguide/stop-start-recorder.html
 */
export const SERVICE_LINKED_RECORDER = 'AWSConfigurationRecorderFor';

/** Yes or no as an advanced query gives it out: as such or in words. */
export const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')]);
