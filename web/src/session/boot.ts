import { loadSettings } from "./settings";
import { callbackPath, SignIn } from "./signin";

/** How the page starts: signed in, signed out, or unable to tell. */
export type Booted =
  | { state: "in"; signIn: SignIn }
  | { state: "out"; signIn: SignIn; failed?: boolean }
  | { state: "broken" };

/** Runs before the first rendering, so that the one-time code of the sign-in is used exactly once. */
export async function boot(): Promise<Booted> {
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
