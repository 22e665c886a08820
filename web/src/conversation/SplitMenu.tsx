import { ActionIcon, Menu } from "@mantine/core";
import { IconArrowsSplit2, IconDots } from "@tabler/icons-react";
import { useI18n } from "../i18n/i18n";
import type { Message } from "./conversation";
import { splittable, useSplit } from "./merging";

interface Props {
  id: string;
  messages: readonly Message[];
  message: Message;
}

/** Takes a message, or all from it on, out into a conversation of their own. */
export function SplitMenu({ id, messages, message }: Props) {
  const { t, format } = useI18n();
  const split = useSplit(id);
  const at = messages.indexOf(message);
  const later = splittable(messages, messages.slice(at));
  const alone = splittable(messages, [message]);
  const onlyLast = at === messages.length - 1;
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon size="sm" variant="subtle" color="gray" loading={split.isPending} aria-label={t("split.menu", { when: format.exact(message.at) })}><IconDots size={15} /></ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {!onlyLast && (
          <Menu.Item leftSection={<IconArrowsSplit2 size={15} />} disabled={later.length === 0} onClick={() => split.mutate(later)}>{t("split.from")}</Menu.Item>
        )}
        <Menu.Item leftSection={<IconArrowsSplit2 size={15} />} disabled={alone.length === 0} onClick={() => split.mutate(alone)}>{t("split.one")}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
