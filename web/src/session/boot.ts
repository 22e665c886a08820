import { answerIn, callbackPath as mailboxCallback, handOver } from "../mailbox/signin";
import { loadSettings } from "./settings";
import { callbackPath, SignIn } from "./signin";

/** How the page starts: signed in, signed out, unable to tell, or as the window of a mailbox's sign-in that has done its part. */
export type Booted =
  | { state: "handed" }
  | { state: "in"; signIn: SignIn }
  | { state: "out"; signIn: SignIn; failed?: boolean }
  | { state: "broken" };

/** Runs before the first rendering, so that the one-time code of the sign-in is used exactly once. */
export async function boot(): Promise<Booted> {
  if (window.location.pathname === mailboxCallback && (await handOver(answerIn(window.location.search)))) return { state: "handed" };
  let signIn: SignIn;
  try {
    signIn = new SignIn(await loadSettings());
  } catch {
    return { state: "broken" };
  }
  if (window.location.pathname === callbackPath) return finish(signIn);
  return (await signIn.current()) ? { state: "in", signIn } : { state: "out", signIn };
}

async function finish(signIn: SignIn): Promise<Booted> {
  try {
    window.history.replaceState(null, "", await signIn.finish());
    return { state: "in", signIn };
  } catch {
    window.history.replaceState(null, "", "/");
    return { state: "out", signIn, failed: true };
  }
}
