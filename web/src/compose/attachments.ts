import { useCallback, useEffect, useRef, useState } from "react";
import { body, type Client, type Schema } from "../api/client";
import { useClient } from "../session/SessionContext";

export type Upload = Schema<"Upload">;

/** A file beside the editor: on its way up, there, or refused. */
export interface Attached {
  key: string;
  name: string;
  size: number;
  /** What the server knows it as, once all of it is there. */
  upload?: Upload | undefined;
  /** 0 to 1. */
  progress: number;
  error?: unknown;
  /** The file itself, until all of it is there; gone after a reload. */
  file?: File | undefined;
}

/** The files that are uploaded, in the form that is kept on this device and sent. */
export function uploadsOf(files: readonly Attached[]): Upload[] {
  return files.flatMap((file) => (file.upload ? [file.upload] : []));
}

export function attachedOf(uploads: readonly Upload[] | undefined): Attached[] {
  return (uploads ?? []).map((upload) => ({ key: upload.id, name: upload.name, size: upload.size, upload, progress: 1 }));
}

const idsOf = (uploads: readonly Upload[]) => uploads.map((one) => one.id).join();

export interface Attachments {
  files: readonly Attached[];
  busy: boolean;
  add: (files: Iterable<File>) => void;
  retry: (key: string) => void;
  remove: (key: string) => void;
}

/** Files that are attached, uploaded in pieces as soon as they are chosen. `onChange` gets those that are there. */
export function useAttachments(kept: readonly Upload[] | undefined, store: string | undefined, onChange: (uploads: Upload[]) => void): Attachments {
  const client = useClient();
  const [files, setFiles] = useState<readonly Attached[]>(() => attachedOf(kept));
  const latest = useRef(files);
  const stops = useRef(new Map<string, AbortController>());

  const put = useCallback(
    (next: readonly Attached[]) => {
      const before = idsOf(uploadsOf(latest.current));
      latest.current = next;
      setFiles(next);
      if (idsOf(uploadsOf(next)) !== before) onChange(uploadsOf(next));
    },
    [onChange],
  );
  const patch = useCallback(
    (key: string, change: Partial<Attached>) => put(latest.current.map((one) => (one.key === key ? { ...one, ...change } : one))),
    [put],
  );
  const start = useCallback(
    (key: string, file: File) => {
      const stop = new AbortController();
      stops.current.set(key, stop);
      upload(client, file, store, stop.signal, (progress) => patch(key, { progress }))
        .then((done) => patch(key, { upload: done, progress: 1, file: undefined }))
        .catch((error: unknown) => {
          if (!stop.signal.aborted) patch(key, { error });
        });
    },
    [client, store, patch],
  );
  const add = useCallback(
    (chosen: Iterable<File>) => {
      const added = [...chosen].map((file): Attached & { file: File } => ({ key: crypto.randomUUID(), name: file.name, size: file.size, progress: 0, file }));
      put([...latest.current, ...added]);
      for (const one of added) start(one.key, one.file);
    },
    [put, start],
  );
  const retry = useCallback(
    (key: string) => {
      const file = latest.current.find((one) => one.key === key)?.file;
      if (!file) return;
      patch(key, { error: undefined, progress: 0 });
      start(key, file);
    },
    [patch, start],
  );
  const remove = useCallback(
    (key: string) => {
      stops.current.get(key)?.abort();
      const gone = latest.current.find((one) => one.key === key)?.upload;
      put(latest.current.filter((one) => one.key !== key));
      // What is not removed now, the storage forgets after a few days.
      if (gone) void client.DELETE("/uploads/{upload}", { params: { path: { upload: gone.id }, query: { size: gone.size } } }).catch(() => undefined);
    },
    [client, put],
  );
  // What is kept changes by other means too: it was sent, or taken back.
  useEffect(() => {
    if (idsOf(kept ?? []) !== idsOf(uploadsOf(latest.current))) put([...attachedOf(kept), ...latest.current.filter((one) => !one.upload)]);
  }, [kept, put]);
  return { files, busy: files.some((one) => !one.upload && one.error === undefined), add, retry, remove };
}

/** Sends a file piece by piece: one request carries at most a few megabytes. */
async function upload(client: Client, file: File, store: string | undefined, signal: AbortSignal, onProgress: (done: number) => void): Promise<Upload> {
  const offer = { name: file.name, type: file.type || "application/octet-stream", size: file.size, ...(store ? { store } : {}) };
  const plan = body(await client.POST("/uploads", { body: offer, signal }));
  for (let piece = 0, at = 0; at < file.size; piece++, at += plan.pieceSize) {
    await client.PUT("/uploads/{upload}/{piece}", {
      params: { path: { upload: plan.upload.id, piece } },
      headers: { "Content-Type": "application/octet-stream" },
      // The type of a binary body is a string in the generated client; what goes out are the bytes.
      body: file.slice(at, at + plan.pieceSize) as unknown as string,
      bodySerializer: (bytes: unknown) => bytes as Blob,
      signal,
    });
    onProgress(Math.min(1, (at + plan.pieceSize) / file.size));
  }
  return plan.upload;
}
