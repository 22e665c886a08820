import type { Schema } from "../api/client";

export type Recipient = Schema<"Contact">;

/** Reads "Lena <lena@example.com>" or an address alone. */
export function recipientOf(typed: string): Recipient {
  const named = /^\s*"?([^"<]*?)"?\s*<([^<>]+)>\s*$/.exec(typed);
  if (!named?.[2]) return { address: typed.trim() };
  return named[1] ? { name: named[1], address: named[2].trim() } : { address: named[2].trim() };
}

/** Whether the server would take it; it looks more closely. */
export function isAddress(typed: string): boolean {
  const address = recipientOf(typed).address ?? "";
  return /^[!-~]+$/.test(address) && /^[^\s@<>()[\],;:\\"]+@[^\s@<>()[\],;:\\".]+(\.[^\s@<>()[\],;:\\".]+)+$/.test(address) && address.length <= 254;
}
