import { describe, expect, test } from "vitest";
import { doubled, hasMore, inboxOf, offered, type Folder } from "./folders";

const folder = (name: string, role?: Folder["role"], selectable = true): Folder => ({ name, selectable, ...(role ? { role } : {}) });

const gmail = [
  folder("INBOX", "inbox"), folder("Marketplaces"), folder("[Gmail]", undefined, false), folder("[Gmail]/所有郵件", "all"), folder("[Gmail]/寄件備份", "sent"),
  folder("[Gmail]/垃圾桶", "trash"), folder("[Gmail]/草稿", "drafts"), folder("[Gmail]/垃圾郵件", "junk"),
];

describe("folders to read", () => {
  test("leave out what was sent, thrown away or is there twice", () => {
    expect(offered(gmail, ["INBOX"], false)).toEqual(["INBOX", "Marketplaces", "[Gmail]/垃圾郵件"]);
    expect(hasMore(gmail)).toBe(true);
  });

  test("are all offered when asked for, but never one that cannot be opened", () => {
    expect(offered(gmail, [], true)).toHaveLength(7);
    expect(offered(gmail, [], true)).not.toContain("[Gmail]");
  });

  test("keep what is chosen already", () => expect(offered(gmail, ["Old"], false)).toContain("Old"));

  test("begin with the inbox, whatever its name", () => {
    expect(inboxOf([folder("Post", "inbox")])).toBe("Post");
    expect(inboxOf([folder("Sent")])).toBe("INBOX");
  });

  test("warn of All Mail beside others only", () => {
    expect(doubled(gmail, ["INBOX", "[Gmail]/所有郵件"])).toBe("[Gmail]/所有郵件");
    expect(doubled(gmail, ["[Gmail]/所有郵件"])).toBeUndefined();
    expect(doubled(gmail, ["INBOX", "Marketplaces"])).toBeUndefined();
  });

  test("of a server without roles are all offered", () => {
    const qq = [folder("INBOX"), folder("Sent Messages")];
    expect(offered(qq, [], false)).toEqual(["INBOX", "Sent Messages"]);
    expect(hasMore(qq)).toBe(false);
  });
});
