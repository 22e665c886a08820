import { ActionIcon, Menu, NativeSelect, UnstyledButton } from "@mantine/core";
import { IconDots, IconFolder, IconPencil } from "@tabler/icons-react";
import { useI18n } from "../i18n/i18n";
import classes from "./Knowledge.module.css";
import type { Category } from "./tree";

interface Props {
  categories: readonly Category[];
  total: number;
  chosen: string;
  onChoose: (path: string) => void;
  onMove: ((path: string) => void) | undefined;
}

/** The categories with their counts: a tree beside the list, a select on a phone. */
export function CategoryTree({ categories, total, chosen, onChoose, onMove }: Props) {
  const { t, format } = useI18n();
  return (
    <>
      <nav className={classes.tree} aria-label={t("library.categories")}>
        <ul>
          <li className={classes.branch} data-active={chosen === "" || undefined}>
            <UnstyledButton className={classes.leaf ?? ""} aria-current={chosen === "" || undefined} onClick={() => onChoose("")}>
              <span>{t("library.categories.all")}</span>
              <span className={classes.number}>{format.count(total)}</span>
            </UnstyledButton>
          </li>
          {categories.map(({ path, name, depth, count }) => (
            <li key={path} className={classes.branch} data-active={chosen === path || undefined} style={{ paddingInlineStart: depth * 14 }}>
              <UnstyledButton className={classes.leaf ?? ""} aria-current={chosen === path || undefined} onClick={() => onChoose(path)}>
                <IconFolder size={14} aria-hidden />
                <span className={classes.leafName}>{name}</span>
                <span className={classes.number}>{format.count(count)}</span>
              </UnstyledButton>
              {onMove && (
                <Menu position="bottom-end" withinPortal>
                  <Menu.Target>
                    <ActionIcon size="sm" variant="subtle" color="gray" className={classes.leafMenu ?? ""} aria-label={t("library.category.menu", { name: path })}><IconDots size={14} /></ActionIcon>
                  </Menu.Target>
                  <Menu.Dropdown>
                    <Menu.Item leftSection={<IconPencil size={14} />} onClick={() => onMove(path)}>{t("library.category.move")}</Menu.Item>
                  </Menu.Dropdown>
                </Menu>
              )}
            </li>
          ))}
        </ul>
      </nav>
      <NativeSelect
        className={classes.treeSelect ?? ""} aria-label={t("library.categories")} value={chosen} onChange={(event) => onChoose(event.currentTarget.value)}
        data={[{ value: "", label: `${t("library.categories.all")} (${format.count(total)})` }, ...categories.map(({ path, count }) => ({ value: path, label: `${path} (${format.count(count)})` }))]}
      />
    </>
  );
}
