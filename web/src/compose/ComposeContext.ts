import { createContext, use } from "react";
import type { Schema } from "../api/client";

/** What a forward passes on, as the page knows it. */
export interface Forwarding {
  conversation: Schema<"Conversation">;
  message: Schema<"Message">;
}

export interface Composing {
  compose: () => void;
  forward: (what: Forwarding) => void;
}

export const ComposeContext = createContext<Composing | null>(null);

/** Opens the dialog for new mail, from anywhere. */
export function useCompose(): Composing {
  const value = use(ComposeContext);
  if (!value) throw new Error("useCompose outside of the frame");
  return value;
}
