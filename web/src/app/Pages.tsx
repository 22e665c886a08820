import { useState } from "react";
import { createBrowserRouter, Navigate, RouterProvider } from "react-router";
import { Shell } from "../session/Shell";
import { Failed } from "./ErrorBoundary";
import { Frame } from "./Frame";
import { MissingPage } from "./MissingPage";

// Each page is a chunk of its own: the inbox does not wait for the others. The
// router reads the address when it is made, so it is made after the sign-in has
// put back the one the person wanted.
const newRouter = () => createBrowserRouter([
  {
    element: <Frame />,
    hydrateFallbackElement: <Shell />,
    errorElement: <Failed />,
    children: [
      { index: true, element: <Navigate to="/inbox/awaiting" replace /> },
      { path: "inbox", element: <Navigate to="/inbox/awaiting" replace /> },
      { path: "inbox/:tab/:id?", lazy: async () => ({ Component: (await import("../inbox/InboxPage")).InboxPage }) },
      { path: "knowledge", lazy: async () => ({ Component: (await import("../knowledge/KnowledgePage")).KnowledgePage }) },
      { path: "marketplace-rules", lazy: async () => ({ Component: (await import("../rules/RulesPage")).RulesPage }) },
      { path: "mailboxes", lazy: async () => ({ Component: (await import("../mailbox/MailboxPage")).MailboxPage }) },
      { path: "oauth/callback", lazy: async () => ({ Component: (await import("../mailbox/SignInReturn")).SignInReturn }) },
      { path: "settings", lazy: async () => ({ Component: (await import("../settings/SettingsPage")).SettingsPage }) },
      { path: "outbox", lazy: async () => ({ Component: (await import("../outbox/OutboxPage")).OutboxPage }) },
      { path: "team", lazy: async () => ({ Component: (await import("../team/TeamPage")).TeamPage }) },
      { path: "*", element: <MissingPage /> },
    ],
  },
]);

export function Pages() {
  const [router] = useState(newRouter);
  return <RouterProvider router={router} />;
}
