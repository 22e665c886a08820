import createClient, { type Middleware } from "openapi-fetch";
import { ApiError, networkProblem } from "./problem";
import type { components, paths } from "./schema.gen";

export type Schema<Name extends keyof components["schemas"]> = components["schemas"][Name];

/** What the client needs of the sign-in. */
export interface Bearer {
  /** The current token; a fresh one when `renew` is set because the last was refused. */
  token: (renew?: boolean) => Promise<string>;
  /** Called when even a fresh token is refused. */
  expired: () => void;
}

export type Client = ReturnType<typeof newClient>;

/** The typed client of the API: it signs every request, and asks once more with a fresh token after a 401. */
export function newClient(bearer: Bearer, fetcher: typeof fetch = (...args) => fetch(...args)) {
  const client = createClient<paths>({ baseUrl: "/api", fetch: signing(bearer, fetcher) });
  client.use(problems);
  return client;
}

function signing(bearer: Bearer, fetcher: typeof fetch) {
  return async (request: Request): Promise<Response> => {
    const spare = request.clone();
    const response = await fetcher(signed(request, await bearer.token()));
    if (response.status !== 401) return response;
    const second = await fetcher(signed(spare, await bearer.token(true)));
    if (second.status === 401) bearer.expired();
    return second;
  };
}

function signed(request: Request, token: string): Request {
  request.headers.set("Authorization", `Bearer ${token}`);
  return request;
}

/** Turns every answer that is no success into an ApiError, so that callers handle one kind of failure. */
const problems: Middleware = {
  async onResponse({ response }) {
    if (!response.ok) throw await ApiError.from(response);
  },
  onError({ error }) {
    return error instanceof ApiError || isAbort(error) ? undefined : networkProblem(error);
  },
};

function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

/** The body of a success; failures have been thrown before. */
export function body<T>(answer: { data?: T }): T {
  if (answer.data === undefined) throw new ApiError(0, { code: "internal", message: "an answer without a body" });
  return answer.data;
}
