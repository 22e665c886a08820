/** What /config.json of the same origin tells about the sign-in. */
export interface Settings {
  issuer: string;
  clientId: string;
  scopes: string;
}

/** Reads /config.json; scopes may be a list or the space-separated form of OAuth. */
export async function loadSettings(fetcher: typeof fetch = (...args) => fetch(...args)): Promise<Settings> {
  const response = await fetcher("/config.json", { cache: "no-cache" });
  if (!response.ok) throw new Error(`/config.json: status ${response.status}`);
  const read = (await response.json()) as Partial<Record<keyof Settings, unknown>>;
  if (typeof read.issuer !== "string" || typeof read.clientId !== "string") throw new Error("/config.json names no issuer or no client");
  return { issuer: read.issuer, clientId: read.clientId, scopes: scopesOf(read.scopes) };
}

function scopesOf(scopes: unknown): string {
  if (Array.isArray(scopes)) return scopes.join(" ");
  return typeof scopes === "string" && scopes !== "" ? scopes : "openid email profile";
}
