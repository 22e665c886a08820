import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Message } from "../conversation/conversation";
import { useSignedIn } from "../session/SessionContext";
import { KeptTexts, type Beside } from "./keptText";

/** Somebody counts as writing for this long after the last key. */
const writingFor = 20_000;

export interface ReplyText {
  text: string;
  /** Ties the editor to this text, as its ref. */
  attach: (editor: HTMLTextAreaElement | null) => void;
  focus: () => void;
  writing: boolean;
  set: (text: string) => void;
  beside: Beside;
  setBeside: (change: Partial<Beside>) => void;
  /** Puts text where the caret is. */
  insert: (text: string) => void;
  /** Empties the editor after sending, remembering what was sent. */
  sent: (message: string) => void;
  /** Puts the text of a reply that was taken back into the editor, above what was typed since. */
  takeBack: (message: Message) => void;
}

/** The text in the editor of one conversation, kept on this device until it is sent. */
export function useReplyText(conversation: string): ReplyText {
  const owner = useSignedIn().session.member.email;
  const texts = useMemo(() => new KeptTexts(localStorage, owner), [owner]);
  const [text, setText] = useState(() => texts.read(conversation)?.text ?? "");
  const [beside, putBeside] = useState<Beside>(() => texts.read(conversation)?.beside ?? nothing);
  const [writing, setWriting] = useState(false);
  const pause = useRef<ReturnType<typeof setTimeout>>(undefined);
  const editor = useRef<HTMLTextAreaElement>(null);

  useEffect(() => texts.sweep(Date.now()), [texts]);
  useEffect(() => () => clearTimeout(pause.current), []);

  const attach = useCallback((element: HTMLTextAreaElement | null) => {
    editor.current = element;
  }, []);
  const focus = useCallback(() => editor.current?.focus(), []);
  const keep = useCallback(
    (next: string, sent = texts.read(conversation)?.sent, along = texts.read(conversation)?.beside) => {
      setText(next);
      texts.write(conversation, { text: next, at: Date.now(), ...(sent ? { sent } : {}), ...(along ? { beside: along } : {}) });
    },
    [texts, conversation],
  );
  const setBeside = useCallback(
    (change: Partial<Beside>) => {
      const kept = texts.read(conversation);
      const next = { ...(kept?.beside ?? nothing), ...change };
      putBeside(next);
      const some = next.cc.length + next.bcc.length + next.files.length > 0;
      const { text: written = "", sent } = kept ?? {};
      texts.write(conversation, { text: written, at: Date.now(), ...(sent ? { sent } : {}), ...(some ? { beside: next } : {}) });
    },
    [texts, conversation],
  );
  const set = useCallback(
    (next: string) => {
      keep(next);
      setWriting(next !== "");
      clearTimeout(pause.current);
      pause.current = setTimeout(() => setWriting(false), writingFor);
    },
    [keep],
  );
  const insert = useCallback(
    (piece: string) => {
      const { selectionStart: at = text.length, selectionEnd: end = at } = editor.current ?? {};
      set(text.slice(0, at) + piece + text.slice(end));
      editor.current?.focus();
    },
    [set, text],
  );
  const sent = useCallback(
    (message: string) => {
      setBeside(nothing);
      keep("", { message, text, beside });
      setWriting(false);
    },
    [keep, setBeside, text, beside],
  );
  const takeBack = useCallback(
    (message: Message) => {
      const kept = texts.read(conversation)?.sent;
      const written = kept?.message === message.id ? kept.text : message.text;
      set([written, text].filter(Boolean).join("\n\n"));
      if (kept?.message === message.id && kept.beside) setBeside(kept.beside);
    },
    [texts, conversation, set, setBeside, text],
  );
  return { text, attach, focus, writing, set, beside, setBeside, insert, sent, takeBack };
}

const nothing: Beside = { cc: [], bcc: [], files: [] };
