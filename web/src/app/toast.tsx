import { Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import type { ReactNode } from "react";

interface Toast {
  message: ReactNode;
  action?: { label: string; run: () => void };
  failed?: boolean;
}

/** A short message at the edge of the page, with one way back where there is one. Returns its id. */
export function toast({ message, action, failed }: Toast): string {
  const id = crypto.randomUUID();
  notifications.show({
    id,
    autoClose: action ? 10_000 : failed ? 8000 : 3500,
    withCloseButton: failed ?? false,
    color: failed ? "red" : "ink",
    role: failed ? "alert" : "status",
    message: (
      <Group justify="space-between" wrap="nowrap" gap="md">
        <Text size="sm">{message}</Text>
        {action && (
          <Button
            size="compact-sm"
            variant="light"
            flex="none"
            onClick={() => {
              notifications.hide(id);
              action.run();
            }}
          >
            {action.label}
          </Button>
        )}
      </Group>
    ),
  });
  return id;
}

