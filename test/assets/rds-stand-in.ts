/**
 * PostgreSQL as the functions find it on RDS: TLS and nothing else, an owner who is no superuser and has a password, the
 * role `rds_iam`, and tokens of IAM in place of a password for its members.
 *
 * PostgreSQL itself cannot check a token: it changes with every connection, and RDS does it with PAM, which the embedded
 * programs lack, as they lack LDAP. So there are two ways in. `ports.password` is the server's own port, with its own TLS,
 * where the owner gives a password. `ports.iam` stands before it: it speaks TLS with the same certificate, asks for a
 * password in clear as RDS does, checks the token as AWS would (host, port, user, Region, time, signature), and only then
 * hands the session on, to a server that takes members of `rds_iam`, and nobody else, on trust.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { appendFile, chown, stat, writeFile } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import tls from 'node:tls';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../local/embedded-postgres.ts';
import { OWNER_ROLE } from '../../local/embedded-postgres-cluster.ts';
import { readPostmasterFile } from '../../local/embedded-postgres-postmaster.ts';
import type { Certificate } from './certificates.ts';

/**
 * Who may connect how: membership of `rds_iam` decides, as on RDS. The owner comes first, since here it made that role, which
 * makes it a member of a kind.
 */
const HOST_BASED_AUTHENTICATION = `
hostssl all ${OWNER_ROLE} 127.0.0.1/32 scram-sha-256
hostssl all +rds_iam 127.0.0.1/32 trust
hostssl all all 127.0.0.1/32 scram-sha-256
`;

/** What a token is for, and whose. */
export interface TokenOptions {
  readonly hostName: string;
  /** Port that clients believe they connect to. */
  readonly port: number;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** How an instance is known. */
export interface RdsOptions extends TokenOptions {
  /** Of `hostName`. */
  readonly server: Certificate;
  readonly authority: Certificate;
}

/** A running stand-in. */
export interface RdsStandIn {
  readonly owner: string;
  readonly ownerPassword: () => string;
  /** Ports of 127.0.0.1: the server's own, and the one that takes tokens. */
  readonly ports: { readonly password: number; readonly iam: number };
  /** Tokens that were accepted, and why others were not. */
  readonly tokens: { accepted: number; readonly refused: string[] };
  /** Runs one statement as the owner. */
  query(statement: string): Promise<Record<string, unknown>[]>;
  /** Gives the owner another password, as the rotation of the managed secret does. */
  rotateOwnerPassword(): Promise<void>;
  /** The error of a connection without TLS. */
  connectUnencrypted(): Promise<string>;
  stop(): Promise<void>;
}

export async function startRds(options: RdsOptions): Promise<RdsStandIn> {
  const postgres = await startEmbeddedPostgres({ ephemeral: true });
  try {
    const { username: owner, password, port, pathname } = new URL(postgres.url);
    let ownerPassword = decodeURIComponent(password);
    await switchTlsOn(postgres.directory, options.server);

    const client = (ssl: tls.ConnectionOptions | false) =>
      new pg.Client({
        ...{ host: '127.0.0.1', port: Number(port), database: pathname.slice(1), user: owner, password: ownerPassword },
        ssl,
      });
    const query = async (statement: string) => {
      const connection = client({ ca: options.authority.certificate, servername: options.hostName });
      await connection.connect();
      try {
        return (await connection.query<Record<string, unknown>>(statement)).rows;
      } finally {
        await connection.end();
      }
    };
    await untilItWorks(() => query('CREATE ROLE rds_iam'));

    const tokens = { accepted: 0, refused: [] as string[] };
    const front = await listen(iamFront(options, Number(port), tokens));
    return {
      owner,
      ownerPassword: () => ownerPassword,
      ports: { password: Number(port), iam: portOf(front) },
      tokens,
      query,
      rotateOwnerPassword: async () => {
        const next = createHash('sha256').update(ownerPassword).digest('base64url');
        await query(`ALTER ROLE ${owner} PASSWORD '${next}'`);
        ownerPassword = next;
      },
      connectUnencrypted: async () => {
        const connection = client(false);
        try {
          await connection.connect();
          await connection.end();
          return '';
        } catch (error) {
          return (error as Error).message;
        }
      },
      stop: async () => {
        front.close();
        await postgres.stop();
      },
    };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}

/** All of these settings are taken over by a running server. https://www.postgresql.org/docs/18/ssl-tcp.html */
async function switchTlsOn(directory: string, { certificate, key }: Certificate): Promise<void> {
  const { uid, gid } = await stat(directory);
  for (const [name, content] of Object.entries({ 'server.crt': certificate, 'server.key': key })) {
    const file = path.join(directory, name);
    await writeFile(file, content, { mode: 0o600 });
    await chown(file, uid, gid);
  }
  await appendFile(path.join(directory, 'postgresql.auto.conf'), 'ssl = on\n');
  await writeFile(path.join(directory, 'pg_hba.conf'), HOST_BASED_AUTHENTICATION);
  const postmaster = await readPostmasterFile(directory);
  if (postmaster !== undefined) process.kill(postmaster.pid, 'SIGHUP');
}

/** The server takes its settings over when it gets round to it. */
async function untilItWorks(attempt: () => Promise<unknown>): Promise<void> {
  for (let attempts = 1; ; attempts += 1) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (attempts === 100) throw error;
      await sleep(50);
    }
  }
}

// Messages of PostgreSQL's protocol. https://www.postgresql.org/docs/18/protocol-message-formats.html
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);
const ASK_FOR_PASSWORD = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]);

function iamFront(options: RdsOptions, upstreamPort: number, tokens: RdsStandIn['tokens']): net.Server {
  const { certificate: cert, key } = options.server;
  const secureContext = tls.createSecureContext({ cert, key });

  async function admit(client: net.Socket): Promise<void> {
    const request = await next(client);
    if (!request.equals(SSL_REQUEST)) return void client.end(refusal('no pg_hba.conf entry, no encryption'));
    client.write('S');
    const secured = new tls.TLSSocket(client, { isServer: true, secureContext });
    secured.on('error', () => client.destroy());

    const startup = await next(secured);
    const user = /\0?user\0([^\0]+)\0/.exec(startup.subarray(8).toString('utf8'))?.[1] ?? '';
    secured.write(ASK_FOR_PASSWORD);
    const answer = await next(secured);
    const problem = tokenProblem(answer.subarray(5, -1).toString('utf8'), user, options, new Date());
    if (problem !== undefined) {
      tokens.refused.push(problem);
      return void secured.end(refusal(`PAM authentication failed for user "${user}"`));
    }
    tokens.accepted += 1;

    const upstream = net.connect(upstreamPort, '127.0.0.1');
    upstream.on('error', () => secured.destroy());
    upstream.write(SSL_REQUEST);
    if ((await next(upstream)).toString() !== 'S') throw new Error('the server has no TLS');
    const handedOn = tls.connect({ socket: upstream, ca: options.authority.certificate, servername: options.hostName });
    handedOn.on('error', () => secured.destroy());
    handedOn.on('close', () => secured.destroy());
    secured.on('close', () => handedOn.destroy());
    handedOn.write(startup);
    secured.pipe(handedOn).pipe(secured);
  }

  return net.createServer((client) => {
    client.on('error', () => client.destroy());
    admit(client).catch(() => client.destroy());
  });
}

/** The next message of a client that waits for an answer to each: it comes as one piece. */
function next(socket: net.Socket): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    socket.once('data', resolve);
    socket.once('close', () => reject(new Error('the other end hung up')));
  });
}

function refusal(message: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C28000\0M${message}\0\0`);
  const head = Buffer.alloc(5);
  head.write('E');
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}

/**
 * Why AWS would refuse a token; nothing if it would not. A token is the URL of a request to `rds-db`, signed in its query.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function tokenProblem(token: string, user: string, options: TokenOptions, now: Date): string | undefined {
  const { hostName, port, region, credentials } = options;
  if (!URL.canParse(`https://${token}`)) return 'it is no token';
  const { hostname, port: namedPort, searchParams } = new URL(`https://${token}`);
  if (`${hostname}:${namedPort}` !== `${hostName}:${port}`) return `it is for ${hostname}:${namedPort}`;
  if (searchParams.get('Action') !== 'connect') return 'it is for another action';
  if (searchParams.get('DBUser') !== user) return `it is for the user ${searchParams.get('DBUser')}`;

  const at = searchParams.get('X-Amz-Date') ?? '';
  const scope = `${at.slice(0, 8)}/${region}/rds-db/aws4_request`;
  if (searchParams.get('X-Amz-Credential') !== `${credentials.accessKeyId}/${scope}`) return 'it has another scope';
  const signedAt = Date.parse(at.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  const seconds = Number(searchParams.get('X-Amz-Expires'));
  if (!(seconds <= 900 && now.getTime() <= signedAt + seconds * 1000)) return 'it has expired';

  const encoded = (text: string) =>
    encodeURIComponent(text).replaceAll(
      /[!'()*]/g,
      (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
    );
  const query = [...searchParams]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .sort();
  const hash = (text: string) => createHash('sha256').update(text).digest('hex');
  const request = ['GET', '/', query.join('&'), `host:${hostName}:${port}`, '', 'host', hash('')].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', at, scope, hash(request)].join('\n');
  const signingKey = scope
    .split('/')
    .reduce<string | Buffer>(
      (secret, part) => createHmac('sha256', secret).update(part).digest(),
      `AWS4${credentials.secretAccessKey}`,
    );
  const expected = createHmac('sha256', signingKey).update(toSign).digest();
  const signature = Buffer.from(searchParams.get('X-Amz-Signature') ?? '', 'hex');
  return signature.length === expected.length && timingSafeEqual(signature, expected)
    ? undefined
    : 'its signature is wrong';
}

async function listen(server: net.Server): Promise<net.Server> {
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return server;
}

function portOf(server: net.Server): number {
  return (server.address() as net.AddressInfo).port;
}
