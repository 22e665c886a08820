import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { useState } from "react";
import { ApiError } from "../api/problem";
import type { Catalogue } from "../i18n/catalogue";
import { I18nProvider } from "../i18n/i18n";
import type { UILanguage } from "../i18n/language";
import type { Booted } from "../session/boot";
import { SessionGate } from "../session/SessionGate";
import { ErrorBoundary } from "./ErrorBoundary";
import { Pages } from "./Pages";
import { theme } from "./theme";

interface Props {
  initial: { language: UILanguage; catalogue: Catalogue };
  booted: Booted;
}

export function App({ initial, booted }: Props) {
  const [queries] = useState(newQueries);
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <I18nProvider initial={initial}>
        <QueryClientProvider client={queries}>
          <ErrorBoundary>
            <SessionGate booted={booted}>
              <Pages />
            </SessionGate>
          </ErrorBoundary>
          <Notifications position="bottom-left" limit={4} />
        </QueryClientProvider>
      </I18nProvider>
    </MantineProvider>
  );
}

function newQueries(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        gcTime: 10 * 60_000,
        retry: (failures, error) => failures < 2 && worthRetrying(error),
      },
    },
  });
}

/** A refusal stays a refusal; only a lost connection or a server in trouble may end differently. */
function worthRetrying(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 0 || error.status >= 500);
}
