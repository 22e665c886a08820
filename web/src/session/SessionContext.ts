import { createContext, use } from "react";
import type { Client, Schema } from "../api/client";

export type Session = Schema<"Session">;
export type Role = Schema<"Role">;
export type Organisation = Schema<"Organisation">;

/** Who uses the page, and the client that speaks for them. */
export interface SignedIn {
  client: Client;
  session: Session & { organisation: Organisation };
  signOut: () => void;
}

export const SessionContext = createContext<SignedIn | null>(null);

export function useSignedIn(): SignedIn {
  const value = use(SessionContext);
  if (!value) throw new Error("useSignedIn outside of a session");
  return value;
}

export function useClient(): Client {
  return useSignedIn().client;
}

const ranks: Readonly<Record<Role, number>> = { viewer: 0, agent: 1, admin: 2, owner: 3 };

/** Whether a role includes the rights of another. */
export function atLeast(role: Role, needed: Role): boolean {
  return ranks[role] >= ranks[needed];
}

/** What the caller may do; the server decides, this only hides what it would refuse. */
export function useMay() {
  const { role } = useSignedIn().session.member;
  return { answer: atLeast(role, "agent"), manage: atLeast(role, "admin") };
}
