import { body, type Client } from "../api/client";

export interface AttachmentPath {
  id: string;
  message: string;
  index: number;
}

/**
 * Fetches an attachment piece by piece, as the API answers with at most 4 MB, and
 * puts it together. `onProgress` hears the share that is here, from 0 to 1.
 */
export async function fetchAttachment(client: Client, path: AttachmentPath, onProgress: (share: number) => void): Promise<Blob> {
  const pieces: Blob[] = [];
  for (let offset = 0; ; ) {
    const answer = await client.GET("/conversations/{id}/messages/{message}/attachments/{index}", {
      params: { path, query: offset > 0 ? { offset } : {} },
      parseAs: "blob",
    });
    const piece = body<Blob>(answer);
    pieces.push(piece);
    offset += piece.size;
    const total = totalOf(answer.response.headers.get("Content-Range")) ?? offset;
    onProgress(total > 0 ? offset / total : 1);
    if (offset >= total || piece.size === 0) return new Blob(pieces);
  }
}

/** The length of the whole file; undefined when all of it came at once. */
export function totalOf(range: string | null): number | undefined {
  const total = /^bytes \d+-\d+\/(\d+)$/.exec(range ?? "")?.[1];
  return total === undefined ? undefined : Number(total);
}

/** Hands a file to the browser to keep; never opens it in the page. */
export function save(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
