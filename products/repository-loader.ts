import { Aws, type CfnCondition, CustomResource, Duration, Fn } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { AttackRepository } from './attack-repository.ts';
import { assetOf, customResourceProvider } from './custom-resource-provider.ts';
import { type FunctionSurroundings, VirtualSocFunction } from './function.ts';

/** Login of the functions in the database; the loader makes it. */
export const FUNCTION_LOGIN = 'virtual_soc_function';

/** A customer's own mappings, as one object in S3. */
export interface MappingFile {
  /** `s3://<bucket>/<key>`, or empty. */
  readonly uri: string;
  /** Whether there is one. */
  readonly given: CfnCondition;
}

export interface RepositoryLoaderProps extends FunctionSurroundings {
  readonly repository: AttackRepository;
  readonly mappingFile: MappingFile;
}

/**
 * Migrates the database and loads the catalogue, when the product is launched and with each of its versions. Depend on
 * it, and the database is ready. Its handler sits in the VPC, beside the database.
 */
export class RepositoryLoader extends Construct {
  constructor(scope: Construct, id: string, props: RepositoryLoaderProps) {
    super(scope, id);
    const { repository, network, mappingFile } = props;
    const name = 'load-catalogue';
    const handler = new VirtualSocFunction(this, 'Handler', {
      ...props,
      name,
      description: 'migrates the database and loads the catalogue',
      timeout: Duration.minutes(10),
      memorySize: 1024,
      environment: { FUNCTION_LOGIN, ...network.secretsManagerEndpoint, ...network.s3Endpoint },
      files: ['sql/migrations', 'sql/catalogue'],
    });
    repository.grantOwner(handler);
    const mappingFileAllowed = handler.allowIf(
      mappingFile.given,
      'MappingFile',
      new PolicyStatement({
        sid: 'MappingFile',
        actions: ['s3:GetObject'],
        // The URI without `s3://`. The parameter admits no `*` or `?`, so this is one object.
        resources: [`arn:${Aws.PARTITION}:s3:::${Fn.join('', Fn.split('s3://', mappingFile.uri))}`],
      }),
    );

    const provider = customResourceProvider(this, { ...props, name, handler });
    const loaded = new CustomResource(this, 'Catalogue', {
      serviceToken: provider.serviceToken,
      resourceType: 'Custom::VirtualSocCatalogue',
      properties: {
        // Code, migrations and catalogue are one asset, named by its content: whatever changes is loaded again.
        Asset: assetOf(handler),
        MappingFileUri: mappingFile.uri,
      },
    });
    loaded.node.addDependency(repository, network, mappingFileAllowed);
  }
}
