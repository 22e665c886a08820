import { expect, test, vi } from "vitest";
import { newClient } from "../api/client";
import { fetchAttachment, totalOf } from "./attachment";

const path = { id: "c", message: "m", index: 0 };

/** A server that answers with pieces of three bytes. */
function server(file: string) {
  return vi.fn((input: RequestInfo | URL) => {
    const offset = Number(new URL((input as Request).url).searchParams.get("offset") ?? 0);
    const piece = file.slice(offset, offset + 3);
    const whole = piece.length === file.length;
    return Promise.resolve(
      new Response(piece, {
        status: whole ? 200 : 206,
        headers: whole ? {} : { "Content-Range": `bytes ${offset}-${offset + piece.length - 1}/${file.length}` },
      }),
    );
  });
}

function clientOf(fetcher: typeof fetch) {
  return newClient({ token: () => Promise.resolve("t"), expired: () => undefined }, fetcher);
}

test("a large attachment is put together from its pieces", async () => {
  const fetcher = server("abcdefgh");
  const shares: number[] = [];
  const file = await fetchAttachment(clientOf(fetcher), path, (share) => shares.push(share));
  expect(await file.text()).toBe("abcdefgh");
  expect(shares).toEqual([3 / 8, 6 / 8, 1]);
  expect(fetcher).toHaveBeenCalledTimes(3);
});

test("a small one comes at once", async () => {
  const fetcher = server("ab");
  const file = await fetchAttachment(clientOf(fetcher), path, () => undefined);
  expect(await file.text()).toBe("ab");
  expect(fetcher).toHaveBeenCalledTimes(1);
});

test("the length is read from Content-Range", () => {
  expect(totalOf("bytes 0-2/8")).toBe(8);
  expect(totalOf("bytes */8")).toBeUndefined();
  expect(totalOf(null)).toBeUndefined();
});
