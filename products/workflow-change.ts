import { Construct } from 'constructs';
import type { AttackRepository } from './attack-repository.ts';
import { CONSUMER_TIMEOUT, type EventQueue } from './finding-intake.ts';
import { type FunctionSurroundings, VirtualSocFunction } from './function.ts';
import { FUNCTION_LOGIN } from './repository-loader.ts';
import { HUB } from './security-hub.ts';

/** Every import of ours comes back here once, and needs one statement: the fewest that Lambda takes are plenty. */
const MAXIMUM_CONCURRENCY = 2;

export interface WorkflowChangeProps extends FunctionSurroundings {
  readonly repository: AttackRepository;
  readonly queue: EventQueue;
}

/** Notes what analysts made of our findings. It calls nothing but the database. */
export class WorkflowChange extends Construct {
  readonly function: VirtualSocFunction;

  constructor(scope: Construct, id: string, props: WorkflowChangeProps) {
    super(scope, id);
    this.function = new VirtualSocFunction(this, 'Function', {
      ...props,
      name: 'workflow-change',
      description: 'notes what analysts made of our findings',
      timeout: CONSUMER_TIMEOUT,
      memorySize: 512,
      environment: { ...HUB },
    });
    props.repository.grantConnect(this.function, FUNCTION_LOGIN);
    props.queue.feed(this.function, MAXIMUM_CONCURRENCY);
  }
}
