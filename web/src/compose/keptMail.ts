import type { Draft } from "./mail";

/**
 * Mail that is not sent yet, on this device, per person: one new mail, and one
 * forward per message. It outlives a reload, a crash and a sign-in that ended.
 */
export class KeptMail {
  readonly #storage: Storage;
  readonly #key: string;

  constructor(storage: Storage, owner: string, name: string) {
    this.#storage = storage;
    // The same prefix as texts of replies, so that they are swept together.
    this.#key = `quilldesk.reply.${owner}.mail.${name}`;
  }

  read(): Draft | undefined {
    try {
      const kept = JSON.parse(this.#storage.getItem(this.#key) ?? "null") as { draft?: Partial<Draft> } | null;
      return isDraft(kept?.draft) ? kept.draft : undefined;
    } catch {
      return undefined;
    }
  }

  write(draft: Draft, now: number): void {
    try {
      // `text` and `at` are what sweeping old texts looks at.
      if (isEmpty(draft)) this.#storage.removeItem(this.#key);
      else this.#storage.setItem(this.#key, JSON.stringify({ text: draft.text, at: now, draft }));
    } catch {
      // Nothing to do about a full storage; the text is still in the dialog.
    }
  }

  forget(): void {
    try {
      this.#storage.removeItem(this.#key);
    } catch {
      // It will be swept one day.
    }
  }
}

export function isEmpty({ to, cc, bcc, subject, text, files }: Draft): boolean {
  return to.length + cc.length + bcc.length + files.length === 0 && subject.trim() === "" && text.trim() === "";
}

function isDraft(draft: Partial<Draft> | undefined): draft is Draft {
  return (
    typeof draft?.text === "string" && typeof draft.subject === "string" && typeof draft.mailbox === "string" && typeof draft.language === "string" &&
    [draft.to, draft.cc, draft.bcc, draft.files, draft.original].every(Array.isArray)
  );
}
