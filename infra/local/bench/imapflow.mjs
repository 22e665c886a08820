// Reads a mailbox with imapflow, the reference of the benchmarks:
//   node imapflow.mjs fetch|idle host port user password web/package.json
// "fetch" reads every mail and keeps none; "idle" asks whether INBOX has
// anything new. It prints the number of mails.
import { createRequire } from 'node:module';

const [what, host, port, user, pass, from] = process.argv.slice(2);
const { ImapFlow } = createRequire(from)('imapflow');
const client = new ImapFlow({ host, port: Number(port), secure: true, auth: { user, pass }, tls: { rejectUnauthorized: false }, logger: false });

await client.connect();
let mails = 0;
if (what === 'fetch') {
  await client.mailboxOpen('INBOX', { readOnly: true });
  for await (const mail of client.fetch('1:*', { uid: true, flags: true, internalDate: true, size: true, source: true })) {
    mails += mail.source.length > 0 ? 1 : 0;
  }
} else {
  mails = (await client.status('INBOX', { uidNext: true, uidValidity: true })).uidNext - 1;
}
await client.logout();
console.log(mails);
