import { Component, type ReactNode } from "react";
import { Button } from "@mantine/core";
import { useI18n } from "../i18n/i18n";
import { Notice } from "./Notice";

/** Shows a way on when rendering fails; what was typed is in localStorage already. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    return this.state.failed ? <Failed /> : this.props.children;
  }
}

/** Also what a page shows whose chunk is gone after a new release: reloading cures it. */
export function Failed() {
  const { t } = useI18n();
  return (
    <Notice title={t("error.title")} text={t("problem.code.internal")}>
      <Button onClick={() => window.location.reload()}>{t("error.reload")}</Button>
    </Notice>
  );
}
