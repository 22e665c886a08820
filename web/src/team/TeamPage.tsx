import { ActionIcon, Avatar, Button, Select, Skeleton } from "@mantine/core";
import { IconPlus, IconUserMinus } from "@tabler/icons-react";
import { useState } from "react";
import { Notice } from "../app/Notice";
import { Page } from "../app/Page";
import { toast } from "../app/toast";
import { explain } from "../api/problem";
import { useI18n } from "../i18n/i18n";
import { useMay, useSignedIn, type Role } from "../session/SessionContext";
import { usePutMember, type Member } from "./changes";
import { InviteDialog } from "./InviteDialog";
import { useMembers } from "./members";
import { RemoveMemberDialog } from "./RemoveMemberDialog";
import classes from "./Team.module.css";

// An organisation has one owner; ownership does not move.
const roles: readonly Role[] = ["admin", "agent", "viewer"];

export function TeamPage() {
  const i18n = useI18n();
  const { t } = i18n;
  const may = useMay();
  const members = useMembers();
  const [inviting, setInviting] = useState(false);
  const [removing, setRemoving] = useState<Member>();
  return (
    <Page title={t("team.title")} tools={may.manage ? <Button leftSection={<IconPlus size={16} />} onClick={() => setInviting(true)}>{t("team.invite")}</Button> : undefined}>
      {members.isPending && [0, 1, 2].map((key) => <Skeleton key={key} height={52} mb={6} radius="md" />)}
      {members.isError && (
        <Notice title={t("team.failed")} text={explain(members.error, i18n)}>
          <Button variant="default" onClick={() => void members.refetch()}>{t("error.retry")}</Button>
        </Notice>
      )}
      {members.data && (
        <ul className={classes.list}>
          {members.data.map((member) => <li key={member.email}><MemberLine member={member} onRemove={() => setRemoving(member)} /></li>)}
        </ul>
      )}
      {inviting && <InviteDialog onClose={() => setInviting(false)} />}
      {removing && <RemoveMemberDialog member={removing} onClose={() => setRemoving(undefined)} />}
    </Page>
  );
}

function MemberLine({ member, onRemove }: { member: Member; onRemove: () => void }) {
  const i18n = useI18n();
  const { t } = i18n;
  const may = useMay();
  const me = useSignedIn().session.member;
  const put = usePutMember();
  const name = member.name ?? member.email;
  const changeable = may.manage && member.email !== me.email && member.role !== "owner";
  const change = (value: string | null) => {
    const role = roles.find((one) => one === value);
    if (!role || role === member.role) return;
    put.mutate({ ...member, role }, {
      onSuccess: () => toast({ message: t("team.changed") }),
      onError: (error) => toast({ message: explain(error, i18n), failed: true }),
    });
  };
  return (
    <div className={classes.line} data-testid="member">
      <Avatar size={30} radius="xl" name={name} color="ink" />
      <div className={classes.who}>
        <span className={classes.name}>{name}{member.email === me.email && <span className={classes.you}>{t("team.you")}</span>}</span>
        {member.name && <span className={classes.email}>{member.email}</span>}
      </div>
      {changeable ? (
        <Select
          size="xs" w={140} aria-label={t("team.role.of", { name })} allowDeselect={false} value={put.isPending ? put.variables.role : member.role} disabled={put.isPending}
          data={roles.map((role) => ({ value: role, label: t(`role.${role}`) }))} onChange={change}
        />
      ) : (
        <span className={classes.role} title={t(`role.${member.role}.may`)}>{t(`role.${member.role}`)}</span>
      )}
      {changeable && (
        <ActionIcon variant="subtle" color="gray" aria-label={t("team.remove.label", { name })} onClick={onRemove}><IconUserMinus size={16} /></ActionIcon>
      )}
    </div>
  );
}
