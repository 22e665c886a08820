import { UserManager, WebStorageStateStore, type User } from "oidc-client-ts";
import type { Bearer } from "../api/client";
import type { Settings } from "./settings";

export const callbackPath = "/signed-in";

/**
 * The sign-in: OIDC authorization code with PKCE. Tokens live in sessionStorage:
 * they survive a reload, end with the tab and are not shared with other tabs;
 * localStorage would keep them on disk after the browser is closed, and memory
 * alone would send people to the sign-in page at each reload.
 */
export class SignIn implements Bearer {
  readonly #manager: UserManager;
  #renewing: Promise<string> | null = null;
  #onExpired: () => void = () => undefined;

  constructor(settings: Settings, origin = window.location.origin) {
    this.#manager = new UserManager({
      authority: settings.issuer,
      client_id: settings.clientId,
      scope: settings.scopes,
      redirect_uri: origin + callbackPath,
      post_logout_redirect_uri: `${origin}/`,
      response_type: "code",
      userStore: new WebStorageStateStore({ store: sessionStorage }),
      stateStore: new WebStorageStateStore({ store: sessionStorage }),
      automaticSilentRenew: true,
      accessTokenExpiringNotificationTimeInSeconds: 120,
      loadUserInfo: false,
      monitorSession: false,
      // A slow sign-in server must not leave the page waiting for good.
      requestTimeoutInSeconds: 20,
    });
  }

  onExpired(listener: () => void): void {
    this.#onExpired = listener;
  }

  /** The person of this tab, null when nobody is signed in or the sign-in has ended for good. */
  async current(): Promise<User | null> {
    const user = await this.#manager.getUser();
    if (!user?.expired) return user;
    return user.refresh_token ? this.#manager.signinSilent().catch(() => null) : null;
  }

  /** Leaves for the sign-in page; `back` is where the person wanted to go. */
  start(back: string): Promise<void> {
    return this.#manager.signinRedirect({ state: back });
  }

  /** Ends the way back from the sign-in page and says where the person wanted to go. */
  async finish(): Promise<string> {
    const user = await this.#manager.signinCallback();
    const back = user?.state;
    return typeof back === "string" ? insideOnly(back) : "/";
  }

  /** Signs out here and at the issuer, where it offers that. */
  async end(): Promise<void> {
    const endpoint = await this.#manager.metadataService.getEndSessionEndpoint().catch(() => undefined);
    if (!endpoint) {
      await this.#manager.removeUser();
      window.location.assign("/");
      return;
    }
    // Cognito's logout endpoint knows only its own two parameters.
    const { client_id, post_logout_redirect_uri } = this.#manager.settings;
    await this.#manager.signoutRedirect({ extraQueryParams: { client_id, logout_uri: post_logout_redirect_uri ?? "" } });
  }

  /**
   * The id token: the API reads the e-mail address from it, and Cognito's access
   * tokens carry none. Requests that are refused together renew it once.
   */
  async token(renew = false): Promise<string> {
    if (renew) return this.#renew();
    const user = await this.#manager.getUser();
    if (user && !user.expired && user.id_token) return user.id_token;
    return user?.refresh_token ? this.#renew() : "";
  }

  expired(): void {
    this.#onExpired();
  }

  #renew(): Promise<string> {
    this.#renewing ??= this.#manager
      .signinSilent()
      .then((user) => user?.id_token ?? "", () => "")
      .finally(() => (this.#renewing = null));
    return this.#renewing;
  }
}

/** Only a path of this page: a stored state must never lead elsewhere. */
export function insideOnly(back: string): string {
  return /^\/(?![/\\])/.test(back) && !back.startsWith(callbackPath) ? back : "/";
}
