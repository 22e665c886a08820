import { lazy, Suspense, useMemo, useState, type ReactNode } from "react";
import { useMay } from "../session/SessionContext";
import { ComposeContext, type Forwarding } from "./ComposeContext";

const ComposeDialog = lazy(async () => ({ default: (await import("./ComposeDialog")).ComposeDialog }));

/** Holds the dialog for new mail and forwards; its code comes when it is first opened. */
export function ComposeProvider({ children }: { children: ReactNode }) {
  const may = useMay();
  const [open, setOpen] = useState<{ forwarding?: Forwarding }>();
  const value = useMemo(
    () => ({
      compose: () => may.answer && setOpen({}),
      forward: (forwarding: Forwarding) => may.answer && setOpen({ forwarding }),
    }),
    [may.answer],
  );
  return (
    <ComposeContext value={value}>
      {children}
      {open && (
        <Suspense>
          <ComposeDialog forwarding={open.forwarding} onClose={() => setOpen(undefined)} onReopen={() => setOpen(open)} />
        </Suspense>
      )}
    </ComposeContext>
  );
}
