import type { Texts } from "../catalogue";
import { aside } from "./aside";
import { assist } from "./assist";
import { compose } from "./compose";
import { conversation } from "./conversation";
import { exports } from "./export";
import { frame } from "./frame";
import { inbox } from "./inbox";
import { knowledge } from "./knowledge";
import { labels } from "./labels";
import { library } from "./library";
import { mailbox } from "./mailbox";
import { merge } from "./merge";
import { problems } from "./problems";
import { reply } from "./reply";
import { signin } from "./signin";
import { steps } from "./steps";
import { suggest } from "./suggest.gen";

export const text: Texts = {
  ...aside, ...assist, ...exports, ...merge, ...frame, ...labels, ...inbox, ...compose, ...conversation, ...reply, ...mailbox, ...knowledge, ...library, ...problems, ...signin, ...suggest,
};
export { steps };
