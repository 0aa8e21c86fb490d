import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { AttackRepository } from './attack-repository.ts';
import { type FunctionSurroundings, VirtualSocFunction } from './function.ts';
import { FUNCTION_LOGIN } from './repository-loader.ts';
import { HUB } from './security-hub.ts';

export interface AttackMatrixProps extends FunctionSurroundings {
  readonly repository: AttackRepository;
  /** `en` or `es`. */
  readonly language: string;
}

/** Renders the ATT&CK matrix for the dashboard, from what the database holds. It reads, and calls nothing of AWS. */
export class AttackMatrix extends Construct {
  readonly function: VirtualSocFunction;

  constructor(scope: Construct, id: string, props: AttackMatrixProps) {
    super(scope, id);
    this.function = new VirtualSocFunction(this, 'Function', {
      ...props,
      name: 'attack-matrix',
      description: 'renders the ATT&CK matrix for the dashboard',
      timeout: Duration.seconds(30),
      memorySize: 1024,
      environment: { ...HUB, LANGUAGE: props.language },
    });
    props.repository.grantConnect(this.function, FUNCTION_LOGIN);
  }
}
