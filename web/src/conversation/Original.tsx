import { Button, Skeleton, Tooltip } from "@mantine/core";
import { IconPhotoOff } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { body } from "../api/client";
import { useI18n } from "../i18n/i18n";
import { useClient } from "../session/SessionContext";
import { frameDocument } from "./frame";
import classes from "./Message.module.css";

/** The mail as its sender laid it out, behind two walls: the server's sanitiser and a sandboxed frame. */
export function Original({ conversation, message }: { conversation: string; message: string }) {
  const { t } = useI18n();
  const client = useClient();
  const [images, setImages] = useState(false);
  const original = useQuery({
    queryKey: ["html", conversation, message],
    queryFn: async ({ signal }) =>
      body(await client.GET("/conversations/{id}/messages/{message}/html", { params: { path: { id: conversation, message } }, signal })),
    staleTime: Infinity,
  });
  const html = original.data?.html;
  const source = useMemo(() => html !== undefined && frameDocument(html, images), [html, images]);
  if (original.isError) return <p className={classes.note} role="alert">{t("message.original.failed")}</p>;
  if (!original.data || source === false) return <Skeleton height={160} />;
  return (
    <>
      {original.data.remoteImages > 0 && !images && (
        <p className={classes.note}>
          <IconPhotoOff size={15} aria-hidden /> {t("message.images", { n: original.data.remoteImages })}
          <Tooltip label={t("message.images.why")}>
            <Button size="compact-xs" variant="default" onClick={() => setImages(true)}>{t("message.images.show")}</Button>
          </Tooltip>
        </p>
      )}
      <iframe className={classes.frame} sandbox="" srcDoc={source} title={t("message.original.label")} referrerPolicy="no-referrer" data-testid="original" />
    </>
  );
}
