import { ActionIcon, Tooltip } from "@mantine/core";
import { IconArrowForwardUp } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useCompose } from "../compose/ComposeContext";
import { useI18n } from "../i18n/i18n";
import { useMay } from "../session/SessionContext";
import { conversationKey, type Detail, type Message } from "./conversation";

/** Opens the dialog that passes a message on; without a message the conversation's last one. */
export function useForward(id: string) {
  const queries = useQueryClient();
  const { forward } = useCompose();
  return (message?: Message) => {
    const detail = queries.getQueryData<Detail>(conversationKey(id));
    const which = message ?? detail?.messages.findLast((one) => one.send?.state !== "cancelled");
    if (detail && which) forward({ conversation: detail.conversation, message: which });
  };
}

export function ForwardButton({ conversation, message }: { conversation: string; message: Message }) {
  const { t } = useI18n();
  const may = useMay();
  const forward = useForward(conversation);
  if (!may.answer || message.send?.state === "cancelled") return null;
  return (
    <Tooltip label={t("compose.forward")}>
      <ActionIcon size="sm" variant="subtle" color="gray" aria-label={t("compose.forward")} onClick={() => forward(message)} data-testid="forward"><IconArrowForwardUp size={15} /></ActionIcon>
    </Tooltip>
  );
}
