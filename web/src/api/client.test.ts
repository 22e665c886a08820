import { describe, expect, test, vi } from "vitest";
import { body, newClient } from "./client";
import { ApiError } from "./problem";

const json = (status: number, value: unknown) => new Response(JSON.stringify(value), { status, headers: { "Content-Type": "application/json" } });

function setUp(...answers: (Response | Error)[]) {
  const requests: { url: string; authorization: string | null; text: string }[] = [];
  const fetcher = vi.fn(async (input: RequestInfo | URL) => {
    const request = input as Request;
    requests.push({ url: new URL(request.url).pathname, authorization: request.headers.get("Authorization"), text: await request.text() });
    const answer = answers.shift() ?? json(200, {});
    if (answer instanceof Error) throw answer;
    return answer;
  });
  const bearer = { token: vi.fn(async (renew?: boolean) => Promise.resolve(renew ? "fresh" : "stale")), expired: vi.fn() };
  return { client: newClient(bearer, fetcher), requests, bearer };
}

describe("the API client", () => {
  test("signs every request", async () => {
    const { client, requests } = setUp(json(200, { mark: "7", counts: {} }));
    expect(body(await client.GET("/pulse")).mark).toBe("7");
    expect(requests).toEqual([{ url: "/api/pulse", authorization: "Bearer stale", text: "" }]);
  });

  test("repeats a refused request once with a fresh token, body and all", async () => {
    const { client, requests, bearer } = setUp(json(401, { code: "unauthorised", message: "" }), json(201, { member: {} }));
    await client.POST("/organisation", { body: { name: "Northwind" } });
    expect(requests.map(({ authorization, text }) => [authorization, text])).toEqual([["Bearer stale", '{"name":"Northwind"}'], ["Bearer fresh", '{"name":"Northwind"}']]);
    expect(bearer.expired).not.toHaveBeenCalled();
  });

  test("says that the sign-in has ended when the fresh token is refused too", async () => {
    const { client, bearer } = setUp(json(401, {}), json(401, {}));
    await expect(client.GET("/pulse")).rejects.toMatchObject({ status: 401, problem: { code: "unauthorised" } });
    expect(bearer.expired).toHaveBeenCalledOnce();
  });

  test("throws the problem of an answer", async () => {
    const { client } = setUp(json(409, { code: "new_message", message: "the buyer wrote again", detail: "m9" }));
    const failure = await client.GET("/pulse").catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ApiError);
    expect(failure).toMatchObject({ status: 409, code: "new_message", problem: { detail: "m9" } });
  });

  test("makes a problem of an answer that is none, such as a gateway's", async () => {
    const { client } = setUp(new Response("<html>Bad gateway</html>", { status: 502 }));
    await expect(client.GET("/pulse")).rejects.toMatchObject({ status: 502, code: "unavailable" });
  });

  test("makes a problem of no answer", async () => {
    const { client } = setUp(new TypeError("Failed to fetch"));
    await expect(client.GET("/pulse")).rejects.toMatchObject({ status: 0, code: "network" });
  });

  test("leaves an aborted request aborted", async () => {
    const { client } = setUp(new DOMException("stopped", "AbortError"));
    await expect(client.GET("/pulse")).rejects.toMatchObject({ name: "AbortError" });
  });
});
