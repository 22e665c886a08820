import { EntryDialog, type EntryForm } from "./EntryDialog";
import { personalData } from "./personal";

interface Props {
  initial: Partial<EntryForm>;
  /** The buyer's, which must not get into an entry. */
  names: readonly string[];
  onClose: () => void;
}

/** A new entry from what was written to one buyer. */
export function PersonalEntryDialog({ initial, names, onClose }: Props) {
  return <EntryDialog entry={undefined} initial={initial} personal={(written) => personalData(written, names)} onClose={onClose} />;
}
