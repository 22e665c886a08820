// Looks into the demo mail server's mailboxes, and puts mail there.
import { readFileSync } from "node:fs";
import { ImapFlow } from "imapflow";

async function signedIn(services, role, work) {
  const account = services.mail.accounts.find((a) => a.role === role);
  const [host, port] = services.endpoints.imap.split(":");
  const client = new ImapFlow({
    host,
    port: Number(port),
    secure: true,
    auth: { user: account.address, pass: account.password },
    tls: { ca: readFileSync(services.mail.caFile), servername: "localhost" },
    logger: false,
  });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.logout();
  }
}

// received lists the mails in a folder as text, newest last.
export function received(services, role, folder = "INBOX") {
  return signedIn(services, role, async (client) => {
    const lock = await client.getMailboxLock(folder);
    try {
      const mails = [];
      if (client.mailbox.exists === 0) return mails;
      for await (const message of client.fetch("1:*", { source: true })) mails.push(message.source.toString());
      return mails;
    } finally {
      lock.release();
    }
  });
}

// deliver puts a mail into a mailbox as if it had just come in.
export function deliver(services, role, raw) {
  return signedIn(services, role, (client) => client.append("INBOX", raw.replaceAll("\n", "\r\n"), [], new Date()));
}
