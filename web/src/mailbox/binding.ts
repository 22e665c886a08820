import type { Binding, Endpoint, Recognition } from "./changes";
import type { SignedIn } from "./signin";

/** What the dialog holds while somebody fills it in. */
export interface BindingForm {
  address: string;
  name: string;
  user: string;
  password: string;
  /** A sign-in at the provider, in place of the password. */
  signedIn?: SignedIn | undefined;
  imap: Endpoint;
  smtp: Endpoint;
  folders: string[];
  stores: string[];
  importDays: number;
  appendSent: boolean;
  members: string[];
}

export const emptyForm: BindingForm = {
  address: "", name: "", user: "", password: "",
  imap: { host: "", port: 993, security: "tls" },
  smtp: { host: "", port: 465, security: "tls" },
  folders: [], stores: [], importDays: 30, appendSent: false, members: [],
};

/** Takes over what is known of an address, and forgets what belonged to another. */
export function recognised(form: BindingForm, { imap, smtp, appendSent, oauth }: Recognition): BindingForm {
  const address = form.address.trim();
  const { signedIn } = form;
  const same = signedIn && signedIn.provider === oauth && signedIn.address.toLowerCase() === address.toLowerCase();
  return { ...form, user: address, imap: { ...imap }, smtp: { ...smtp }, appendSent, folders: [], signedIn: same ? signedIn : undefined };
}

/** What the API takes; an empty list means its default. */
export function bindingOf(form: BindingForm, provider: string): Binding {
  const { folders, stores, members, name, password, signedIn, ...rest } = form;
  return {
    ...rest,
    ...(signedIn?.grant ? { grant: signedIn.grant } : { password }),
    address: form.address.trim(),
    user: form.user.trim() || form.address.trim(),
    provider,
    ...(name.trim() ? { name: name.trim() } : {}),
    ...(folders.length > 0 ? { folders } : {}),
    ...(stores.length > 0 ? { stores } : {}),
    ...(members.length > 0 ? { members } : {}),
  };
}

export function isReady(form: BindingForm): boolean {
  return /^\S+@\S+$/.test(form.address.trim()) && (form.password !== "" || form.signedIn !== undefined) && form.imap.host.trim() !== "" && form.smtp.host.trim() !== "";
}
