import { createBrowserRouter, Navigate, RouterProvider } from "react-router";
import { Shell } from "../session/Shell";
import { ErrorBoundary } from "./ErrorBoundary";
import { Frame } from "./Frame";
import { MissingPage } from "./MissingPage";

// Each page is a chunk of its own: the inbox does not wait for the others.
const router = createBrowserRouter([
  {
    element: <Frame />,
    hydrateFallbackElement: <Shell />,
    errorElement: <ErrorBoundary><MissingPage /></ErrorBoundary>,
    children: [
      { index: true, element: <Navigate to="/inbox/awaiting" replace /> },
      { path: "inbox", element: <Navigate to="/inbox/awaiting" replace /> },
      { path: "inbox/:tab/:id?", lazy: async () => ({ Component: (await import("../inbox/InboxPage")).InboxPage }) },
      { path: "knowledge", lazy: async () => ({ Component: (await import("../knowledge/KnowledgePage")).KnowledgePage }) },
      { path: "mailboxes", lazy: async () => ({ Component: (await import("../mailbox/MailboxPage")).MailboxPage }) },
      { path: "team", lazy: async () => ({ Component: (await import("../team/TeamPage")).TeamPage }) },
      { path: "*", element: <MissingPage /> },
    ],
  },
]);

export function Pages() {
  return <RouterProvider router={router} />;
}
