import { useCallback, useMemo } from "react";
import { useNavigate, useParams, useSearchParams, type To } from "react-router";
import type { Schema } from "../api/client";

export type Tab = Schema<"Tab">;
export type Row = Schema<"Row">;
export type Priority = Schema<"Priority">;
export type Sentiment = Schema<"Sentiment">;
export type Intent = Schema<"Intent">;
export type MailType = Schema<"MailType">;
export type Status = Schema<"Status">;

export const tabs: readonly Tab[] = ["awaiting", "replied", "no_reply", "all"];
export const priorities: readonly Priority[] = ["high", "medium", "low"];
export const sentiments: readonly Sentiment[] = ["very_negative", "negative", "neutral", "positive", "very_positive"];
export const mailTypes: readonly MailType[] = ["buyer_message", "pre_sale", "after_sale", "channel_notification", "amazon_qa", "other", "automatic"];
export const intents: readonly Intent[] = [
  "where_is_my_order", "refund", "return", "replacement", "cancel", "damaged", "wrong_item", "missing_part", "defective", "address_change", "invoice",
  "product_question", "compatibility", "stock", "bulk_price", "shipping", "claim", "negative_review", "thanks", "spam", "other",
];

/** The filters that combine; each is absent when it does not narrow. */
export interface Filters {
  category?: string;
  store?: string;
  mailbox?: string;
  priority?: Priority;
  sentiment?: Sentiment;
  language?: string;
  intent?: Intent;
  assignee?: string;
  overdue?: boolean;
  q?: string;
}

export type FilterName = keyof Filters;

/** What the inbox shows, all of it in the address. */
export interface InboxState {
  tab: Tab;
  filters: Filters;
  view: "list" | "board";
}

const texts = ["category", "store", "mailbox", "language", "assignee", "q"] as const;

/** Reads the address; what it does not understand it leaves out. */
export function parseState(tab: string | undefined, search: URLSearchParams): InboxState {
  const filters: Filters = {};
  for (const name of texts) {
    const value = search.get(name);
    if (value) filters[name] = value;
  }
  const priority = oneOf(priorities, search.get("priority"));
  const sentiment = oneOf(sentiments, search.get("sentiment"));
  const intent = oneOf(intents, search.get("intent"));
  if (priority) filters.priority = priority;
  if (sentiment) filters.sentiment = sentiment;
  if (intent) filters.intent = intent;
  if (search.get("overdue") === "true") filters.overdue = true;
  return { tab: oneOf(tabs, tab) ?? "awaiting", filters, view: search.get("view") === "board" ? "board" : "list" };
}

function oneOf<T extends string>(values: readonly T[], value: string | null | undefined): T | undefined {
  return values.find((one) => one === value);
}

/** The address of a state and of the conversation opened in it. */
export function addressOf({ tab, filters, view }: InboxState, id?: string): To {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(filters)) if (value) search.set(name, String(value));
  if (view === "board") search.set("view", view);
  search.sort();
  return { pathname: `/inbox/${tab}${id ? `/${encodeURIComponent(id)}` : ""}`, search: search.toString() };
}

export function hasFilters(filters: Filters): boolean {
  return Object.values(filters).some(Boolean);
}

/** The inbox's state in the address, and how to change it. */
export function useInboxState() {
  const { tab, id } = useParams();
  const [search] = useSearchParams();
  const navigate = useNavigate();
  const state = useMemo(() => parseState(tab, search), [tab, search]);
  const change = useCallback(
    (next: Partial<InboxState>, options?: { replace?: boolean }) => void navigate(addressOf({ ...state, ...next }), { replace: options?.replace ?? false }),
    [navigate, state],
  );
  const filter = useCallback(
    (next: Partial<Filters>) => change({ filters: { ...state.filters, ...next } }, { replace: true }),
    [change, state.filters],
  );
  const open = useCallback(
    (which: string | undefined, options?: { replace?: boolean }) => void navigate(addressOf(state, which), { replace: options?.replace ?? false }),
    [navigate, state],
  );
  return { state, id, change, filter, open };
}
