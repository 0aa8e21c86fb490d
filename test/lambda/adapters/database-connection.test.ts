import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { X509Certificate } from 'node:crypto';
import { authoritiesOf, connectToRds, openDatabase } from '../../../lambda/adapters/database-connection.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';

describe('connectToRds', () => {
  let directory: string;
  let database: TestDatabase;
  let server: net.Server;
  let url: string;
  let password: string;

  before(async () => {
    directory = mkdtempSync(path.join(tmpdir(), 'virtual-soc-tls-'));
    makeCertificate(directory);
    database = await createDatabase();
    const reader = new URL(database.readerUrl);
    password = decodeURIComponent(reader.password);
    server = tlsInFrontOf(reader, directory);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as net.AddressInfo;
    url = `postgresql://${reader.username}@localhost:${port}${reader.pathname}?sslmode=verify-full`;
  });

  after(async () => {
    server.close();
    await database.drop();
    rmSync(directory, { recursive: true });
  });

  const trusting = () => `${url}&sslrootcert=${path.join(directory, 'certificate.pem')}`;

  it('asks for the password at each new connection', async () => {
    const asked: string[] = [];
    const sequelize = connectToRds(trusting(), () => {
      asked.push('password');
      return Promise.resolve(password);
    });

    // Two transactions at once need two connections, beside the one that Sequelize asks the version with.
    await sequelize.transaction(() => sequelize.transaction(() => sequelize.authenticate()));
    await sequelize.close();

    assert.ok(asked.length >= 2);
  });

  it("trusts RDS's certificates only, where no other is named", async () => {
    const sequelize = connectToRds(url, () => Promise.resolve(password));

    await assert.rejects(sequelize.authenticate(), /self-signed certificate/);
    await sequelize.close();
  });

  it('refuses a server that has the certificate of another name', async () => {
    const sequelize = connectToRds(trusting().replace('localhost', '127.0.0.1'), () => Promise.resolve(password));

    await assert.rejects(sequelize.authenticate(), /does not match certificate/);
    await sequelize.close();
  });

  it('sends no password where TLS is off or not verified', () => {
    for (const mode of ['disable', 'no-verify']) {
      const unsafe = url.replace('verify-full', mode);
      assert.throws(() => connectToRds(unsafe, () => Promise.resolve(password)), /a password would travel unprotected/);
    }
  });
});

describe('authoritiesOf', () => {
  it("gives those of the host's Region, which are valid for years to come", () => {
    const authorities = authoritiesOf('virtual-soc-0a1b.c2d3e4.eu-west-1.rds.amazonaws.com').map(
      (pem) => new X509Certificate(pem),
    );

    assert.equal(authorities.length, 3);
    for (const { subject, validTo } of authorities) {
      assert.match(subject, /CN=Amazon RDS eu-west-1 Root CA/);
      assert.ok(new Date(validTo) > new Date('2040-01-01'), subject);
    }
  });

  it('gives those of all Regions where the name tells none', () => {
    assert.ok(authoritiesOf('localhost').length > 100);
  });
});

describe('openDatabase', () => {
  const url =
    'postgresql://virtual_soc_function@db.example.com:5432/virtual_soc?sslmode=verify-full&authentication=iam';

  it('takes a token of IAM for a password where the URL asks for it', async () => {
    const before = { ...process.env };
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local', AWS_REGION: 'eu-west-1' });
    const sequelize = openDatabase(url);
    const config: { password?: string } = {};

    await (sequelize as unknown as { runHooks(name: string, config: object): Promise<void> }).runHooks(
      'beforeConnect',
      config,
    );
    process.env = before;

    assert.match(config.password ?? '', /^db\.example\.com:5432\/\?.*DBUser=virtual_soc_function.*X-Amz-Signature=/);
  });

  it('opens any other URL as it is', async () => {
    const database = await createDatabase();
    const sequelize = openDatabase(database.readerUrl);

    await sequelize.authenticate();
    await sequelize.close();
    await database.drop();
  });

  it('refuses another kind of authentication, without repeating the URL', () => {
    assert.throws(
      () => openDatabase(url.replace('iam', 'kerberos')),
      /^Error: .*authentication is not iam(?!.*virtual_soc_function)/,
    );
  });
});

/** A certificate of `localhost`, signed by itself. */
function makeCertificate(directory: string): void {
  const [key, certificate] = ['key.pem', 'certificate.pem'].map((name) => path.join(directory, name));
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-days', '1'];
  execFileSync(
    'openssl',
    ['req', '-x509', '-nodes', '-newkey', 'rsa:2048', ...subject, '-keyout', key ?? '', '-out', certificate ?? ''],
    { stdio: 'ignore' },
  );
}

/** Speaks TLS as PostgreSQL does, and hands what it hears to a server that does not: not every test server can. */
function tlsInFrontOf({ hostname, port }: URL, directory: string): net.Server {
  const secureContext = tls.createSecureContext({
    key: readFileSync(path.join(directory, 'key.pem')),
    cert: readFileSync(path.join(directory, 'certificate.pem')),
  });
  return net.createServer((client) => {
    client.on('error', () => client.destroy());
    // The first message is the SSLRequest; `S` says that TLS may begin.
    client.once('data', () => {
      client.write('S');
      const secured = new tls.TLSSocket(client, { isServer: true, secureContext });
      const upstream = net.connect(Number(port), hostname);
      secured.on('error', () => upstream.destroy());
      upstream.on('error', () => secured.destroy());
      secured.pipe(upstream).pipe(secured);
    });
  });
}
