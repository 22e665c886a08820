// How to get the secret that binds a mailbox, per provider id of the server's presets.
export const steps = {
  gmail: [
    "Turn on 2-Step Verification in your Google account, under Security.",
    "Open myaccount.google.com/apppasswords.",
    "Give it a name such as Quilldesk and choose Create.",
    "Paste the 16 letters below. The spaces do not matter.",
  ],
  outlook: [
    "In Outlook on the web, allow IMAP once: outlook.live.com, Settings, Mail, Forwarding and IMAP.",
    "Choose “Sign in with Microsoft” below; a window opens.",
    "Sign in with the account of this mailbox, and allow Quilldesk to read and send its mail.",
  ],
  m365: [
    "An administrator must have IMAP and Authenticated SMTP on for the mailbox: admin.microsoft.com, Users, this user, Mail, Manage email apps.",
    "Choose “Sign in with Microsoft” below; a window opens.",
    "Sign in with the account of this mailbox, and allow Quilldesk to read and send its mail.",
    "If only administrators may allow that, one of them consents once for everybody.",
  ],
  qq: [
    "Open mail.qq.com on a computer: Settings, Account.",
    "Under “POP3/IMAP/SMTP…” turn on the IMAP/SMTP service and confirm by text message.",
    "Choose “Generate authorization code”.",
    "Paste the 16 letters below; it is not your QQ password.",
  ],
  netease_163: [
    "Open mail.163.com on a computer: Settings, POP3/SMTP/IMAP.",
    "Turn on the IMAP/SMTP service and confirm by text message.",
    "Copy the authorization code that is shown once, and paste it below.",
    "If the sign-in is called unsafe: open the security check (安全度), IMAP row, and choose Trust (信任).",
  ],
  netease_126: [
    "Open mail.126.com on a computer: Settings, POP3/SMTP/IMAP.",
    "Turn on the IMAP/SMTP service and confirm by text message.",
    "Copy the authorization code that is shown once, and paste it below.",
    "If the sign-in is called unsafe: open the security check (安全度), IMAP row, and choose Trust (信任).",
  ],
  netease_yeah: [
    "Open mail.yeah.net on a computer: Settings, POP3/SMTP/IMAP.",
    "Turn on the IMAP/SMTP service and confirm by text message.",
    "Copy the authorization code that is shown once, and paste it below.",
    "If the sign-in is called unsafe: open the security check (安全度), IMAP row, and choose Trust (信任).",
  ],
  netease_qiye: [
    "Open qiye.163.com and sign in: Settings, Client settings.",
    "Turn on IMAP/SMTP; an administrator may have to allow it.",
    "If your organisation uses client passwords, generate one; otherwise take your login password.",
    "Paste it below.",
  ],
  aliyun_qiye: [
    "An administrator must allow third-party clients for the mailbox in the Alibaba Mail console.",
    "Open qiye.aliyun.com: Settings, Account and security, Third-party client security password.",
    "Generate a security password and paste it below.",
    "Without that feature, use your login password.",
  ],
  feishu: [
    "An administrator must allow third-party mail clients in the Feishu admin console.",
    "In Feishu: Settings, Mail, Third-party email clients, sign in.",
    "Choose IMAP and generate a dedicated password.",
    "Paste it below.",
  ],
  lark: [
    "An administrator must allow third-party mail clients in the Lark admin console.",
    "In Lark: Settings, Mail, Third-party email clients, sign in.",
    "Choose IMAP and generate a dedicated password.",
    "Paste it below.",
  ],
  zoho: [
    "In Zoho Mail: Settings, Mail accounts, turn on IMAP access.",
    "With two-factor sign-in on: open accounts.zoho.com, Security, App passwords, and generate one.",
    "Otherwise use your password. If you sign in through Google or Microsoft, set a Zoho password first.",
    "Paste it below.",
  ],
  exmail: [
    "Open exmail.qq.com and sign in: Settings, Client settings.",
    "Turn on IMAP/SMTP.",
    "With secure login on, generate a client password; otherwise take your login password.",
    "Paste it below.",
  ],
  "35": [
    "Open your 35.com web mail: Settings, and turn on IMAP/SMTP.",
    "Use your login password below.",
    "Compare the servers below with what 35.com gave your organisation; they differ by contract.",
  ],
  yahoo: [
    "Open login.yahoo.com/account/security.",
    "Choose “Generate app password”, and name it Quilldesk.",
    "Paste the 16 letters below.",
  ],
  generic: [
    "Look up the IMAP and SMTP servers on your provider’s help page.",
    "Make sure that IMAP is on for the mailbox.",
    "Enter the password, or an app password if your provider asks for one.",
  ],
} as const;
