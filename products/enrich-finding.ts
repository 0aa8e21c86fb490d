import { Construct } from 'constructs';
import { PUBLISHER_PATH } from '../lambda/core/member-role.ts';
import type { AttackRepository } from './attack-repository.ts';
import { CONSUMER_TIMEOUT, type EventQueue } from './finding-intake.ts';
import { type FunctionSurroundings, VirtualSocFunction } from './function.ts';
import { FUNCTION_LOGIN } from './repository-loader.ts';
import { grantImport, grantOwners, HUB, type PublishTo } from './security-hub.ts';

export interface EnrichFindingProps extends FunctionSurroundings {
  readonly repository: AttackRepository;
  readonly queue: EventQueue;
  /** Of the findings: `en` or `es`. */
  readonly language: string;
  readonly publishTo: PublishTo;
  /** Batches at one time; each may hold five connections to the database. */
  readonly maximumConcurrency: number;
}

/** Turns findings into technique findings. */
export class EnrichFinding extends Construct {
  readonly function: VirtualSocFunction;

  constructor(scope: Construct, id: string, props: EnrichFindingProps) {
    super(scope, id);
    this.function = new VirtualSocFunction(this, 'Function', {
      ...props,
      name: 'enrich-finding',
      description: 'turns findings into technique findings',
      timeout: CONSUMER_TIMEOUT,
      memorySize: 1024,
      environment: {
        ...HUB,
        LANGUAGE: props.language,
        PUBLISH_TO: props.publishTo.value,
        ...props.network.securityHubEndpoint,
      },
      rolePath: PUBLISHER_PATH,
    });
    props.repository.grantConnect(this.function, FUNCTION_LOGIN);
    grantImport(this.function);
    grantOwners(this.function, props.publishTo);
    props.queue.feed(this.function, props.maximumConcurrency);
  }
}
