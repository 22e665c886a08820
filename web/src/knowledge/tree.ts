/** A category with the number of entries in it and below it. */
export interface Category {
  path: string;
  name: string;
  depth: number;
  count: number;
}

/** The categories of all entries as the lines of a tree, in alphabetical order, parents before children. */
export function treeOf(paths: readonly string[]): Category[] {
  const counts = new Map<string, number>();
  for (const path of paths) {
    const levels = path.split("/");
    for (let depth = 1; path && depth <= levels.length; depth++) {
      const upTo = levels.slice(0, depth).join("/");
      counts.set(upTo, (counts.get(upTo) ?? 0) + 1);
    }
  }
  return [...counts]
    .toSorted(([a], [b]) => compare(a.split("/"), b.split("/")))
    .map(([path, count]) => ({ path, count, name: path.split("/").at(-1) ?? path, depth: path.split("/").length - 1 }));
}

/** Level by level: "Shipping/Canada" stands before "Shipping problems". */
function compare(a: readonly string[], b: readonly string[]): number {
  const at = a.findIndex((level, index) => level !== b[index]);
  if (at < 0) return a.length - b.length;
  return (a[at] ?? "").localeCompare(b[at] ?? "");
}

/** Whether an entry's category is the chosen one or below it. */
export function within(category: string, chosen: string): boolean {
  return category === chosen || category.startsWith(`${chosen}/`);
}
