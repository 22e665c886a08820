import { Avatar, Menu, SegmentedControl, Text, useMantineColorScheme, type MantineColorScheme } from "@mantine/core";
import { IconKeyboard, IconLogout } from "@tabler/icons-react";
import { useI18n } from "../i18n/i18n";
import { useSignedIn } from "../session/SessionContext";
import classes from "./Frame.module.css";
import { useKeysHelp } from "./keys";
import { LanguageSwitch } from "./LanguageSwitch";

const schemes = ["light", "dark", "auto"] as const;

export function AccountMenu() {
  const { t } = useI18n();
  const { session, signOut } = useSignedIn();
  const { member } = session;
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const help = useKeysHelp();
  const names: Record<MantineColorScheme, string> = { light: t("account.light"), dark: t("account.dark"), auto: t("account.system") };
  return (
    <>
      <Menu position="right-end" width={300} closeOnItemClick={false} withinPortal>
        <Menu.Target>
          <button type="button" className={classes.account} aria-label={t("account.label")} data-testid="account">
            <Avatar size={26} radius="xl" name={member.name ?? member.email} color="ink" />
            <span className={classes.wide}>
              <span className={classes.who}>{member.name ?? member.email}</span>
              <span className={classes.role}>{t(`role.${member.role}`)}</span>
            </span>
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{t("account.signedInAs", { email: member.email })}</Menu.Label>
          <div className={classes.setting}>
            <Text size="xs" c="dimmed" mb={4}>{t("account.language")}</Text>
            <LanguageSwitch fullWidth />
          </div>
          <div className={classes.setting}>
            <Text size="xs" c="dimmed" mb={4}>{t("account.appearance")}</Text>
            <SegmentedControl
              size="xs" fullWidth aria-label={t("account.appearance")} value={colorScheme}
              onChange={(chosen) => setColorScheme(schemes.find((scheme) => scheme === chosen) ?? "auto")}
              data={schemes.map((value) => ({ value, label: names[value] }))}
            />
          </div>
          <Menu.Divider />
          <Menu.Item leftSection={<IconKeyboard size={16} />} onClick={help.open} closeMenuOnClick>{t("account.keys")}</Menu.Item>
          <Menu.Item leftSection={<IconLogout size={16} />} onClick={signOut}>{t("account.signOut")}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {help.dialog}
    </>
  );
}
