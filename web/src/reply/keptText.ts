import type { Upload } from "../compose/attachments";

/** What goes out beside the text: copies, and files that are uploaded. */
export interface Beside {
  cc: string[];
  bcc: string[];
  files: Upload[];
}

/** The unsent text of a conversation, and what was sent last, should it be taken back. */
export interface Kept {
  text: string;
  at: number;
  beside?: Beside;
  sent?: { message: string; text: string; beside?: Beside };
}

const prefix = "quilldesk.reply.";
const keptFor = 90 * 24 * 3_600_000;

/**
 * Unsent texts on this device, per person and conversation: they outlive a
 * reload, a crash and a sign-in that ended. A full or forbidden storage only
 * means that nothing is kept.
 */
export class KeptTexts {
  readonly #storage: Storage;
  readonly #owner: string;

  constructor(storage: Storage, owner: string) {
    this.#storage = storage;
    this.#owner = owner;
  }

  read(conversation: string): Kept | undefined {
    try {
      return parse(this.#storage.getItem(this.#key(conversation)));
    } catch {
      return undefined;
    }
  }

  write(conversation: string, kept: Kept): void {
    try {
      if (kept.text || kept.sent || kept.beside) this.#storage.setItem(this.#key(conversation), JSON.stringify(kept));
      else this.#storage.removeItem(this.#key(conversation));
    } catch {
      // Nothing to do about a full storage; the text is still in the editor.
    }
  }

  /** Forgets texts nobody came back to for 90 days. */
  sweep(now: number): void {
    try {
      for (const key of Object.keys(this.#storage)) {
        if (!key.startsWith(prefix)) continue;
        const kept = parse(this.#storage.getItem(key));
        if (!kept || kept.at < now - keptFor) this.#storage.removeItem(key);
      }
    } catch {
      // A storage that cannot be read needs no sweeping.
    }
  }

  #key(conversation: string): string {
    return `${prefix}${this.#owner}.${conversation}`;
  }
}

function parse(json: string | null): Kept | undefined {
  if (!json) return undefined;
  const read = JSON.parse(json) as Partial<Kept> | null;
  return typeof read?.text === "string" && typeof read.at === "number" ? (read as Kept) : undefined;
}
