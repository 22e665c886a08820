import { useInfiniteQuery, useMutation, useQueryClient, type InfiniteData } from "@tanstack/react-query";
import { toast } from "../app/toast";
import { body, type Schema } from "../api/client";
import { explain } from "../api/problem";
import { useI18n } from "../i18n/i18n";
import { useClient } from "../session/SessionContext";
import { mailboxesKey } from "./mailboxes";

export type SetAsideMail = Schema<"SetAsideMail">;
type Page = Schema<"SetAsidePage">;

const asideKey = (mailbox: string) => ["aside", mailbox] as const;

/** The mails of a mailbox that could not be taken in, a page at a time. */
export function useSetAside(mailbox: string) {
  const client = useClient();
  return useInfiniteQuery({
    queryKey: asideKey(mailbox),
    queryFn: async ({ pageParam, signal }) =>
      body(await client.GET("/mailboxes/{mailbox}/aside", { params: { path: { mailbox }, query: pageParam ? { cursor: pageParam } : {} }, signal })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next,
    // What is being tried again is worth watching.
    refetchInterval: (query) => (query.state.data?.pages.some(({ mails }) => mails.some(({ trying }) => trying)) ? 3000 : false),
  });
}

export function useTryAgain(mailbox: string) {
  const client = useClient();
  const show = useShow(mailbox);
  return useMutation({
    mutationFn: async (mail: string) => body(await client.POST("/mailboxes/{mailbox}/aside/{mail}/again", { params: { path: { mailbox, mail } } })),
    onSuccess: (changed) => show((mails) => mails.map((one) => (one.id === changed.id ? changed : one))),
    onError: useFailed(),
  });
}

export function useDiscard(mailbox: string) {
  const client = useClient();
  const show = useShow(mailbox);
  return useMutation({
    mutationFn: (mail: string) => client.DELETE("/mailboxes/{mailbox}/aside/{mail}", { params: { path: { mailbox, mail } } }),
    onSuccess: (_, mail) => show((mails) => mails.filter(({ id }) => id !== mail)),
  });
}

/** Downloads a mail as it came, by a link that is good for a few minutes. */
export function useDownload(mailbox: string) {
  const client = useClient();
  return useMutation({
    mutationFn: async (mail: string) => body(await client.GET("/mailboxes/{mailbox}/aside/{mail}/raw", { params: { path: { mailbox, mail } } })),
    onSuccess: ({ url }) => window.location.assign(url),
    onError: useFailed(),
  });
}

function useFailed() {
  const i18n = useI18n();
  return (error: Error) => toast({ message: explain(error, i18n), failed: true });
}

/** Shows a change in the list at once; the number on the card follows. */
function useShow(mailbox: string) {
  const queries = useQueryClient();
  return (change: (mails: SetAsideMail[]) => SetAsideMail[]) => {
    queries.setQueryData<InfiniteData<Page, string>>(asideKey(mailbox), (known) =>
      known && { ...known, pages: known.pages.map((page) => ({ ...page, mails: change(page.mails) })) },
    );
    void queries.invalidateQueries({ queryKey: mailboxesKey });
  };
}
