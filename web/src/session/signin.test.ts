import { beforeEach, describe, expect, test, vi } from "vitest";
import { loadSettings } from "./settings";
import { insideOnly, SignIn } from "./signin";

const issuer = "https://sign-in.example.com";
const encode = (value: object) => btoa(JSON.stringify(value)).replace(/=+$/, "").replace(/\+/g, "-").replace(/\//g, "_");
const idToken = (name: string) => `${encode({ alg: "none" })}.${encode({ iss: issuer, aud: "page", sub: "u1", name, exp: 4_000_000_000, iat: 1 })}.x`;

/** An issuer that answers as Cognito does, and remembers what it was asked. */
function fakeIssuer() {
  const asked: URLSearchParams[] = [];
  let tokens = 0;
  vi.stubGlobal("fetch", async (input: RequestInfo | URL, init?: RequestInit) => {
    const url = input instanceof Request ? input.url : String(input);
    if (url.endsWith("/.well-known/openid-configuration")) {
      return Response.json({ issuer, authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token`, jwks_uri: `${issuer}/jwks` });
    }
    asked.push(new URLSearchParams(init?.body as URLSearchParams));
    return Promise.resolve(Response.json({ access_token: "access", id_token: idToken(`token ${++tokens}`), refresh_token: "refresh", token_type: "Bearer", expires_in: 3600 }));
  });
  return asked;
}

const settings = { issuer, clientId: "page", scopes: "openid email profile" };

async function signedIn() {
  const asked = fakeIssuer();
  const left = vi.fn();
  vi.spyOn(window.location, "assign").mockImplementation(left);
  vi.spyOn(window.location, "replace").mockImplementation(left);
  const signIn = new SignIn(settings, "http://127.0.0.1:8080");
  void signIn.start("/inbox/all?store=own");
  await vi.waitFor(() => expect(left).toHaveBeenCalled());
  return { signIn, asked, authorize: new URL(String(left.mock.calls[0]?.[0])) };
}

describe("signing in", () => {
  beforeEach(() => {
    sessionStorage.clear();
    localStorage.clear();
  });

  test("asks for a code with an S256 challenge and a state", async () => {
    const { authorize } = await signedIn();
    const asked = Object.fromEntries(authorize.searchParams);
    expect(authorize.origin + authorize.pathname).toBe(`${issuer}/authorize`);
    expect(asked).toMatchObject({ response_type: "code", client_id: "page", redirect_uri: "http://127.0.0.1:8080/signed-in", scope: settings.scopes, code_challenge_method: "S256" });
    expect(asked.code_challenge).toMatch(/^[\w-]{43}$/);
    expect(asked.state).toBeTruthy();
  });

  test("trades the code and its verifier for tokens, and leads back to where the person wanted to go", async () => {
    const { signIn, asked, authorize } = await signedIn();
    window.history.replaceState(null, "", `/signed-in?code=c0de&state=${authorize.searchParams.get("state") ?? ""}`);
    expect(await signIn.finish()).toBe("/inbox/all?store=own");
    expect(asked[0]?.get("grant_type")).toBe("authorization_code");
    expect(asked[0]?.get("code_verifier")).toMatch(/^[\w.~-]{43,128}$/);
    expect(await signIn.token()).toBe(idToken("token 1"));
    expect(JSON.stringify(localStorage)).not.toContain("refresh");
  });

  test("renews once for all requests that were refused together", async () => {
    const { signIn, asked, authorize } = await signedIn();
    window.history.replaceState(null, "", `/signed-in?code=c0de&state=${authorize.searchParams.get("state") ?? ""}`);
    await signIn.finish();
    expect(await Promise.all([signIn.token(true), signIn.token(true)])).toEqual([idToken("token 2"), idToken("token 2")]);
    expect(asked.map((one) => one.get("grant_type"))).toEqual(["authorization_code", "refresh_token"]);
  });

  test("has no token for nobody", async () => {
    fakeIssuer();
    expect(await new SignIn(settings, "http://127.0.0.1:8080").token()).toBe("");
  });
});

test.each([
  ["/inbox/all?store=own", "/inbox/all?store=own"],
  ["https://evil.example", "/"],
  ["//evil.example", "/"],
  ["/\\evil.example", "/"],
  ["/signed-in?code=1", "/"],
])("the way back to %s is %s", (back, expected) => expect(insideOnly(back)).toBe(expected));

describe("/config.json", () => {
  const load = (value: unknown, status = 200) => loadSettings((() => Promise.resolve(Response.json(value, { status }))));
  test("may list the scopes", async () => expect((await load({ issuer, clientId: "page", scopes: ["openid", "email"] })).scopes).toBe("openid email"));
  test("may leave them out", async () => expect((await load({ issuer, clientId: "page" })).scopes).toBe("openid email profile"));
  test("must name the issuer", async () => expect(load({ clientId: "page" })).rejects.toThrow("no issuer"));
  test("must be there", async () => expect(load({}, 404)).rejects.toThrow("404"));
});
