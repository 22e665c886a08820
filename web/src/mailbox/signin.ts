import type { Schema } from "../api/client";

export type SignInProvider = Schema<"SignInProvider">;
export type SignedIn = Schema<"SignedIn">;
export type SignInAnswer = Schema<"SignInAnswer">;

/** Where a provider sends the browser back to; registered there as https://<address>/oauth/callback. */
export const callbackPath = "/oauth/callback";

/**
 * The window of the sign-in and the page that waits for it talk over this channel:
 * the page's opener policy cuts every other tie once the provider's page is shown.
 */
const channelName = "quilldesk-sign-in";

/** How long the window waits for a page to take its answer, in milliseconds. */
const takenWithin = 1500;

interface Brought {
  answer: SignInAnswer;
}

interface Taken {
  taken: string;
}

/** Opens the window for a sign-in; to be called in the click itself, or browsers block it. */
export function openWindow(): Window | null {
  return window.open("about:blank", "quilldesk-sign-in", "popup,width=540,height=720");
}

/** Shows the provider's page in the window, or in this one without it, and waits for what it sends back. */
export function throughProvider(page: Window | null, url: string, signal: AbortSignal): Promise<SignInAnswer> {
  const state = new URL(url).searchParams.get("state") ?? "";
  const channel = new BroadcastChannel(channelName);
  return new Promise<SignInAnswer>((resolve, reject) => {
    channel.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (!isBrought(data) || data.answer.state !== state) return;
      channel.postMessage({ taken: state } satisfies Taken);
      resolve(data.answer);
    };
    signal.addEventListener("abort", () => {
      page?.close();
      reject(new DOMException("cancelled", "AbortError"));
    });
    (page ?? window).location.assign(url);
  }).finally(() => channel.close());
}

/** Hands what the provider sent back to the page that waits for it; false when none does. */
export async function handOver(answer: SignInAnswer, within = takenWithin): Promise<boolean> {
  const channel = new BroadcastChannel(channelName);
  const taken = new Promise<boolean>((resolve) => {
    channel.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (isTaken(data) && data.taken === answer.state) resolve(true);
    };
    setTimeout(() => resolve(false), within);
    channel.postMessage({ answer } satisfies Brought);
  });
  return taken.finally(() => channel.close());
}

/** What the provider added to the address it sent the browser back to. */
export function answerIn(search: string): SignInAnswer {
  const found = new URLSearchParams(search);
  const text = (name: string, longest: number) => found.get(name)?.slice(0, longest);
  const [code, error, description] = [found.get("code"), text("error", 200), text("error_description", 2000)];
  return { state: found.get("state") ?? "", ...(code ? { code } : {}), ...(error ? { error } : {}), ...(description ? { description } : {}) };
}

function isBrought(data: unknown): data is Brought {
  return typeof data === "object" && data !== null && "answer" in data && typeof data.answer === "object" && data.answer !== null && "state" in data.answer;
}

function isTaken(data: unknown): data is Taken {
  return typeof data === "object" && data !== null && "taken" in data;
}
