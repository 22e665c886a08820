import { Modal } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useEffect, useEffectEvent } from "react";
import type { Key } from "../i18n/catalogue";
import { useI18n } from "../i18n/i18n";
import classes from "./Frame.module.css";

const list: readonly (readonly [string, Key])[] = [
  ["j", "keys.down"], ["k", "keys.up"], ["Enter", "keys.open"], ["r", "keys.reply"], ["f", "keys.forward"], ["c", "keys.compose"], ["e", "keys.noReply"], ["x", "keys.select"], ["#", "keys.delete"],
  ["/", "keys.search"], ["1 2 3", "keys.suggestion"], ["Ctrl Enter", "keys.preview"], ["Esc", "keys.escape"], ["?", "keys.help"],
];

/** The list of the keys, opened by `?` from anywhere. */
export function useKeysHelp() {
  const { t } = useI18n();
  const [opened, { open, close }] = useDisclosure(false);
  useKeys({ "?": open });
  const dialog = (
    <Modal opened={opened} onClose={close} title={t("keys.title")} closeButtonProps={{ "aria-label": t("action.close") }}>
      <dl className={classes.keys}>
        {list.map(([keys, name]) => (
          <div key={name}>
            <dt>{t(name)}</dt>
            <dd>{keys.split(" ").map((key) => <kbd key={key}>{key}</kbd>)}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
  return { open, dialog };
}

/** Runs an action per key, unless somebody types, a dialog is open, or Ctrl, Alt or Meta is held. */
export function useKeys(actions: Readonly<Record<string, (() => void) | undefined>>): void {
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isBusy(event)) return;
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent) => onKey(event);
    window.addEventListener("keydown", listener);
    return () => window.removeEventListener("keydown", listener);
  }, []);
}

/** Typing, an open dialog or menu, and Enter on something that Enter already presses come first. */
function isBusy({ key, target }: KeyboardEvent): boolean {
  if (document.querySelector("[role=dialog][aria-modal=true], [role=menu]")) return true;
  if (!(target instanceof HTMLElement)) return false;
  if (!target.isConnected) return true; // pressed in a dialog that this very key has closed
  if (key === "Enter" && target.closest("a, button, summary")) return true;
  return target.isContentEditable || target.matches("input:not([type=checkbox]), textarea, select");
}
