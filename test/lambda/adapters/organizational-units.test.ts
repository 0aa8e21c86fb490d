import assert from 'node:assert/strict';
import { OrganizationsClient } from '@aws-sdk/client-organizations';
import { organizationalUnitsFrom } from '../../../lambda/adapters/organizational-units.ts';
import { ServiceError, type ServiceStandIn, startServices } from '../../support/service-stand-in.ts';

const ACCOUNT = '444455556666';
const PARENTS = [
  { Parents: [{ Id: 'ou-ab12-11111111', Type: 'ORGANIZATIONAL_UNIT' }] },
  { Parents: [{ Id: 'ou-ab12-22222222', Type: 'ORGANIZATIONAL_UNIT' }] },
  { Parents: [{ Id: 'r-ab12', Type: 'ROOT' }] },
];

describe('organizationalUnitsFrom', () => {
  let services: ServiceStandIn;
  let client: OrganizationsClient;
  let now = new Date('2026-11-01T12:00:00.000Z');

  before(async () => {
    services = await startServices();
    client = new OrganizationsClient({ ...services.client, region: 'us-east-1' });
  });
  after(() => {
    client.destroy();
    return services.close();
  });
  beforeEach(() => {
    services.calls.length = 0;
  });

  it('tells all units that an account is in, up to the root, and keeps the answer for a while', async () => {
    services.answers = { 'organizations:ListParents': PARENTS };
    const unitsOf = organizationalUnitsFrom(client, () => now);

    const first = await unitsOf(ACCOUNT);
    const second = await unitsOf(ACCOUNT);

    assert.deepEqual([...(first ?? [])], ['ou-ab12-11111111', 'ou-ab12-22222222', 'r-ab12']);
    assert.deepEqual(second, first);
    assert.deepEqual(
      services.calls.map(({ input }) => input['ChildId']),
      [ACCOUNT, 'ou-ab12-11111111', 'ou-ab12-22222222'],
    );
  });

  it('asks anew after ten minutes', async () => {
    services.answers = { 'organizations:ListParents': [PARENTS[2] ?? {}] };
    const unitsOf = organizationalUnitsFrom(client, () => now);
    await unitsOf(ACCOUNT);

    now = new Date(now.getTime() + 10 * 60_000);
    await unitsOf(ACCOUNT);

    assert.equal(services.calls.length, 2);
  });

  it('does not guess where Organizations refuses or breaks off', async () => {
    const unitsOf = organizationalUnitsFrom(client, () => now);
    for (const answer of [new ServiceError('AccessDeniedException'), { Parents: [] }]) {
      services.answers = { 'organizations:ListParents': [PARENTS[0] ?? {}, answer] };

      assert.equal(await unitsOf(ACCOUNT), undefined);
    }
  });
});
