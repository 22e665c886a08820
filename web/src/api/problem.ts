import type { I18n } from "../i18n/i18n";
import type { components } from "./schema.gen";

export type Problem = components["schemas"]["Problem"];

/** An answer of the API that is no success. Status 0 means that there was no answer. */
export class ApiError extends Error {
  readonly status: number;
  readonly problem: Problem;

  constructor(status: number, problem: Problem) {
    super(problem.message);
    this.name = "ApiError";
    this.status = status;
    this.problem = problem;
  }

  get code(): string {
    return this.problem.code;
  }

  /** Reads the Problem of an answer, and makes one up for an answer that has none, such as a gateway's. */
  static async from(response: Response): Promise<ApiError> {
    const body: unknown = await response.json().catch(() => undefined);
    return new ApiError(response.status, isProblem(body) ? body : { code: codeOf(response.status), message: `status ${response.status}` });
  }
}

export function networkProblem(cause: unknown): ApiError {
  const error = new ApiError(0, { code: "network", message: "no answer from the server" });
  error.cause = cause;
  return error;
}

function isProblem(body: unknown): body is Problem {
  return typeof body === "object" && body !== null && "code" in body && typeof body.code === "string" && "message" in body;
}

const codes: Readonly<Record<number, string>> = {
  401: "unauthorised", 403: "denied", 404: "not_found", 409: "conflict", 413: "too_large", 429: "throttled", 502: "unavailable", 503: "unavailable", 504: "timeout",
};

function codeOf(status: number): string {
  return codes[status] ?? (status >= 500 ? "internal" : "invalid");
}

export function codeOfError(error: unknown): string | undefined {
  return error instanceof ApiError ? error.code : undefined;
}

/**
 * The sentence a person reads about a failure: the catalogue's for its code, else
 * the server's own. The detail of an invalid input names what is wrong, so it is added.
 */
export function explain(error: unknown, { maybe, t }: Pick<I18n, "maybe" | "t">): string {
  if (!(error instanceof ApiError)) return t("problem.code.internal");
  const { code, message, detail } = error.problem;
  const sentence = maybe(`problem.code.${code}`) ?? maybe(`test.${code}`) ?? message;
  return code === "invalid" ? `${sentence} (${detail ?? message})` : sentence;
}
