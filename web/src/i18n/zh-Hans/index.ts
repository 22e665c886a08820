import type { Texts } from "../catalogue";
import { conversation } from "./conversation";
import { frame } from "./frame";
import { inbox } from "./inbox";
import { knowledge } from "./knowledge";
import { labels } from "./labels";
import { mailbox } from "./mailbox";
import { problems } from "./problems";
import { reply } from "./reply";
import { steps } from "./steps";
import { suggest } from "./suggest.gen";

export const text: Texts = {
  ...frame, ...labels, ...inbox, ...conversation, ...reply, ...mailbox, ...knowledge, ...problems, ...suggest,
};
export { steps };
