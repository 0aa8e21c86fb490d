/** A stand-in for STS that answers AssumeRole over HTTP. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A stand-in that is listening. */
export interface StandIn {
  readonly server: Server;
  readonly endpoint: string;
  readonly requests: URLSearchParams[];
}

/** @param refuses whether the role of an account is missing */
export async function startSts(refuses: (account: string) => boolean): Promise<StandIn> {
  const requests: URLSearchParams[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const query = new URLSearchParams(body);
      requests.push(query);
      const refused = refuses(query.get('RoleArn')?.split(':')[4] ?? '');
      const error = `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>AccessDenied</Code>
        <Message>not authorized to perform: sts:AssumeRole</Message></Error><RequestId>r</RequestId></ErrorResponse>`;
      const answer = `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
        <AccessKeyId>ASIAMEMBER</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>
        <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`;
      response.writeHead(refused ? 403 : 200, { 'content-type': 'text/xml' });
      response.end(refused ? error : answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}
