import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import type { AttackRepository } from './attack-repository.ts';
import { type FunctionSurroundings, VirtualSocFunction } from './function.ts';
import { FUNCTION_LOGIN } from './repository-loader.ts';
import { grantImport, HUB } from './security-hub.ts';

export interface RollUpTacticsProps extends FunctionSurroundings {
  readonly repository: AttackRepository;
  /** Of the findings: `en` or `es`. */
  readonly language: string;
}

/** Rolls technique findings up to tactic findings, every minute. */
export class RollUpTactics extends Construct {
  readonly function: VirtualSocFunction;

  constructor(scope: Construct, id: string, props: RollUpTacticsProps) {
    super(scope, id);
    this.function = new VirtualSocFunction(this, 'Function', {
      ...props,
      name: 'roll-up-tactics',
      description: 'rolls technique findings up to tactic findings',
      timeout: Duration.minutes(2),
      memorySize: 1024,
      environment: { ...HUB, LANGUAGE: props.language, ...props.network.securityHubEndpoint },
      // The next minute does it.
      retryAttempts: 0,
    });
    props.repository.grantConnect(this.function, FUNCTION_LOGIN);
    grantImport(this.function);
    new Rule(this, 'EveryMinute', {
      description: 'Virtual SOC: rolls tactics up',
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [new LambdaFunction(this.function.lambda, { maxEventAge: Duration.minutes(1), retryAttempts: 0 })],
    });
  }
}
