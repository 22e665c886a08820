import { Alert, Button, Chip, FileButton, Group, Modal, NativeSelect, Progress, Stack, Text } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import { IconFileUpload } from "@tabler/icons-react";
import { useMemo, useRef, useState } from "react";
import { explain } from "../../api/problem";
import { useI18n, type I18n } from "../../i18n/i18n";
import { useSignedIn } from "../../session/SessionContext";
import { useStores } from "../../session/stores";
import type { Entry } from "../entries";
import { encodings, type Encoding } from "./encoding";
import { openFile, type Opened } from "./files";
import classes from "./Import.module.css";
import { plain, plan, type PlannedRow, type RowState } from "./plan";
import { useImport, type Progress as Run } from "./run";
import { UnreadableFile } from "./table";

const states: readonly RowState[] = ["new", "changed", "same", "error"];

/** Imports a file: first what would become of each row, then the rows that change something. */
export function ImportDialog({ entries, onClose }: { entries: readonly Entry[]; onClose: () => void }) {
  const { t } = useI18n();
  const [file, setFile] = useState<File>();
  const [opened, setOpened] = useState<Opened>();
  const [problem, setProblem] = useState<unknown>();
  const { progress, start, stop } = useImport();
  const names = useNames();
  // The plan is of the base as it was when the file was opened: the import itself changes it.
  const [before, setBefore] = useState(entries);
  const rows = useMemo(() => (opened ? plan(opened.sources, { entries: before, ...names }) : []), [opened, before, names]);
  const open = (chosen: File | null, encoding?: Encoding) => {
    if (!chosen) return;
    setFile(chosen);
    setProblem(undefined);
    setBefore(entries);
    openFile(chosen, encoding).then(setOpened, (error: unknown) => {
      setOpened(undefined);
      setProblem(error);
    });
  };
  const writes = rows.filter((row) => row.state === "new" || row.state === "changed");
  const running = progress?.state === "running";
  return (
    <Modal opened onClose={onClose} size="80rem" title={t("transfer.import")} closeOnClickOutside={false} closeOnEscape={!running} withCloseButton={!running} closeButtonProps={{ "aria-label": t("action.close") }}>
      <Stack gap="sm">
        {!progress && <Choose file={file} encoding={opened?.encoding} onOpen={open} />}
        {problem !== undefined && <Alert color="red" role="alert" title={file?.name}>{problem instanceof UnreadableFile ? t(`transfer.unreadable.${problem.code}`) : t("transfer.unreadable.broken")}</Alert>}
        {opened && !progress && <Preview rows={rows} />}
        {progress && <Report progress={progress} />}
        <Group justify="flex-end">
          {running && <Button variant="default" onClick={stop}>{t("transfer.stop")}</Button>}
          {!running && <Button variant="default" onClick={onClose}>{t(progress ? "action.close" : "action.cancel")}</Button>}
          {progress && (progress.state === "stopped" || progress.state === "failed") && <Button onClick={() => void start(writes)}>{t("transfer.again")}</Button>}
          {opened && !progress && <Button disabled={writes.length === 0} onClick={() => void start(writes)} data-testid="import">{t("transfer.do", { n: writes.length })}</Button>}
        </Group>
      </Stack>
    </Modal>
  );
}

/** The names that stores and languages may have in a file: ids, and the words of the page in use and of English. */
function useNames() {
  const { format } = useI18n();
  const stores = useStores();
  const { languages, stores: infos } = useSignedIn().session;
  return useMemo(() => {
    const english = new Intl.DisplayNames("en", { type: "language" });
    const codes = languages.flatMap((code) => [code, format.language(code), english.of(code) ?? code].map((name) => [plain(name), code] as const));
    return {
      stores: new Map([...stores.flatMap(({ value, label }) => [[plain(value), value], [plain(label), value]] as const), ...infos.map(({ store, name }) => [plain(name), store] as const)]),
      languages: new Map([["en", "en-US"], ["english", "en-US"], ["zh", "zh-Hans"], ["zh-tw", "zh-Hant"], ["zh-cn", "zh-Hans"], ...codes]),
    };
  }, [stores, languages, infos, format]);
}

interface ChooseProps {
  file: File | undefined;
  encoding: Encoding | undefined;
  onOpen: (file: File | null, encoding?: Encoding) => void;
}

function Choose({ file, encoding, onOpen }: ChooseProps) {
  const { t } = useI18n();
  return (
    <>
      <Text size="sm" c="dimmed">{t("transfer.import.why")}</Text>
      <Group align="end">
        <FileButton onChange={onOpen} accept=".csv,.tsv,.txt,.xlsx,.md,.markdown,.docx">
          {(props) => <Button {...props} variant={file ? "default" : "filled"} leftSection={<IconFileUpload size={16} />}>{t(file ? "transfer.other" : "transfer.choose")}</Button>}
        </FileButton>
        {file && <Text size="sm">{file.name}</Text>}
        {file && encoding && (
          <NativeSelect size="xs" label={t("transfer.encoding")} value={encoding} data={[...encodings]} onChange={(event) => onOpen(file, event.currentTarget.value as Encoding)} />
        )}
      </Group>
    </>
  );
}

function Preview({ rows }: { rows: readonly PlannedRow[] }) {
  const { t, format } = useI18n();
  const [shown, setShown] = useState<RowState | "all">("all");
  const list = useMemo(() => (shown === "all" ? rows : rows.filter((row) => row.state === shown)), [rows, shown]);
  const count = (state: RowState) => rows.filter((row) => row.state === state).length;
  return (
    <>
      <Chip.Group value={shown} onChange={(value) => setShown(value)}>
        <Group gap={6} role="group" aria-label={t("transfer.show")}>
          <Chip size="xs" value="all">{t("transfer.all", { n: rows.length })}</Chip>
          {states.map((state) => <Chip key={state} size="xs" value={state} disabled={count(state) === 0}>{t(`transfer.state.${state}`)} {format.count(count(state))}</Chip>)}
        </Group>
      </Chip.Group>
      <Rows rows={list} />
    </>
  );
}

function Rows({ rows }: { rows: readonly PlannedRow[] }) {
  const i18n = useI18n();
  const { t } = i18n;
  const scroller = useRef<HTMLDivElement>(null);
  // TanStack Virtual hands out functions the compiler cannot memoise; nothing here is compiled.
  // eslint-disable-next-line react-hooks/incompatible-library
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => 58, overscan: 10 });
  return (
    <div ref={scroller} className={classes.scroller} role="table" aria-label={t("transfer.preview")} aria-rowcount={rows.length} data-testid="preview-rows">
      <div role="rowgroup" className={classes.rows} style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const row = rows[item.index];
          if (!row) return null;
          return (
            <div key={item.key} ref={virtual.measureElement} data-index={item.index} role="row" aria-rowindex={item.index + 1} className={classes.row} style={{ transform: `translateY(${item.start}px)` }}>
              <span role="cell" className={classes.number}>{row.row}</span>
              <span role="cell" className={classes.state} data-state={row.state}>{t(`transfer.state.${row.state}`)}</span>
              <div role="cell" className={classes.text}>
                <strong>{row.draft.topic || "–"}</strong>
                {row.draft.category && <span className={classes.category}>{row.draft.category}</span>}
                {row.errors.length > 0 ? <p className={classes.error}>{row.errors.map((error) => errorText(error, i18n)).join(" ")}</p> : <p>{row.draft.answer}</p>}
              </div>
            </div>
          );
        })}
      </div>
    </div>
  );
}

function errorText({ error, value }: PlannedRow["errors"][number], { t }: I18n): string {
  return t(`transfer.error.${error}`, { value: value ?? "" });
}

function Report({ progress }: { progress: Run }) {
  const i18n = useI18n();
  const { t, maybe } = i18n;
  const { counts } = progress;
  return (
    <>
      <Progress value={progress.all === 0 ? 100 : (100 * progress.done) / progress.all} aria-label={t("transfer.progress")} animated={progress.state === "running"} />
      <Text size="sm" role="status">{t(`transfer.run.${progress.state}`, { done: progress.done, all: progress.all })} {t("transfer.counts", { added: counts.added, changed: counts.changed, same: counts.same, failed: counts.failed })}</Text>
      {progress.state === "failed" && <Alert color="red" role="alert">{explain(progress.error, i18n)} {t("transfer.again.why")}</Alert>}
      {progress.failures.length > 0 && (
        <Alert color="red" title={t("transfer.failures")}>
          <ul className={classes.failures}>
            {progress.failures.slice(0, 50).map(({ row, topic, result }) => <li key={row}>{t("transfer.row", { row })} {topic}: {maybe(`problem.code.${result.code ?? ""}`) ?? result.message ?? result.code}</li>)}
          </ul>
        </Alert>
      )}
    </>
  );
}
