import type { Schema } from "../api/client";

export type Folder = Schema<"Folder">;

/** Roles of folders that are not for reading: they hold what we wrote, what was thrown away, or everything again. */
const leftOut = new Set<Folder["role"]>(["sent", "drafts", "trash", "all"]);

/** The names to choose from: without those that are left out, unless all are wanted or they are chosen already. */
export function offered(folders: readonly Folder[], chosen: readonly string[], all: boolean): string[] {
  const names = folders.filter(({ selectable, role }) => selectable && (all || !leftOut.has(role))).map(({ name }) => name);
  return [...new Set([...names, ...chosen])];
}

/** Whether there is more to offer than is shown by default. */
export function hasMore(folders: readonly Folder[]): boolean {
  return folders.some(({ selectable, role }) => selectable && leftOut.has(role));
}

/** The folder to begin with. */
export function inboxOf(folders: readonly Folder[]): string {
  return folders.find(({ role }) => role === "inbox")?.name ?? "INBOX";
}

/** A chosen folder that holds the mail of the other chosen ones once more, as Gmail's All Mail does. */
export function doubled(folders: readonly Folder[], chosen: readonly string[]): string | undefined {
  if (chosen.length < 2) return undefined;
  return folders.find(({ role, name }) => role === "all" && chosen.includes(name))?.name;
}
