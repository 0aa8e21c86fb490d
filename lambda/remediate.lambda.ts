/** Entry point of the function `remediate`: events of our own technique findings in, failed message ids out. */
import { remediateHandler } from './remediate-handler.ts';
import { readRemediationSettings, wireRemediation } from './remediation-wiring.ts';
import { observe } from './wiring.ts';

export const handler = remediateHandler(wireRemediation(readRemediationSettings(process.env)), observe('remediate'));
