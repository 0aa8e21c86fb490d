/**
 * A process that starts the embedded server, prints where it is as JSON, and then runs until it is ended: what a test
 * kills. Arguments: a data directory, or none for a throw-away database.
 */
import { startEmbeddedPostgres } from '../../local/embedded-postgres.ts';

const directory = process.argv[2];
const server = await startEmbeddedPostgres(directory === undefined ? { ephemeral: true } : { directory });
console.log(JSON.stringify({ url: server.url, directory: server.directory }));
setInterval(() => {}, 60_000);
