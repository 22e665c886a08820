export const encodings = ["utf-8", "utf-16le", "utf-16be", "big5", "gb18030", "shift_jis", "windows-1252"] as const;
export type Encoding = (typeof encodings)[number];

const marks: readonly (readonly [Encoding, readonly number[]])[] = [["utf-8", [0xef, 0xbb, 0xbf]], ["utf-16le", [0xff, 0xfe]], ["utf-16be", [0xfe, 0xff]]];

/** Characters that Chinese and Japanese texts of this kind are full of: decoded wrongly they do not come out. */
const common = new Set(Array.from("的是不我有在人了您可以请訂订單单退貨货款換换寄送物流時时間间天內内請如何問问題题商品買买家賣卖查詢询收到沒没保固客服のはをにがでますください返品注文配送商品お日以内"));

/** Finds out how a text file is encoded: by its mark, by being valid UTF-8, else by what reads like a text. */
export function detect(bytes: Uint8Array): Encoding {
  const marked = marks.find(([, mark]) => mark.every((byte, index) => bytes[index] === byte));
  if (marked) return marked[0];
  if (decoded(bytes, "utf-8") !== undefined) return "utf-8";
  const zeros = bytes.subarray(0, 2000).filter((byte) => byte === 0).length;
  if (zeros > 100) return bytes[0] === 0 ? "utf-16be" : "utf-16le";
  const best = (["big5", "gb18030", "shift_jis"] as const)
    .map((encoding) => ({ encoding, score: likeness(decoded(bytes, encoding)) }))
    .sort((a, b) => b.score - a.score)[0];
  return best && best.score > 0.05 ? best.encoding : "windows-1252";
}

function decoded(bytes: Uint8Array, encoding: Encoding): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** The share of common characters among those beyond ASCII. */
function likeness(text: string | undefined): number {
  const foreign = Array.from(text ?? "").filter((character) => character > "\u007f");
  return foreign.length === 0 ? 0 : foreign.filter((character) => common.has(character)).length / foreign.length;
}

export function decode(bytes: Uint8Array, encoding: Encoding): string {
  return new TextDecoder(encoding).decode(bytes);
}
