/** Entry point of the function `enrich-finding`: SQS in, failed message ids out. */
import { readSettings } from './adapters/settings.ts';
import { enrichFindingHandler } from './enrich-finding-handler.ts';
import { observe, wire } from './wiring.ts';

export const handler = enrichFindingHandler(wire(readSettings(process.env)).enrichFinding, observe('enrich-finding'));
