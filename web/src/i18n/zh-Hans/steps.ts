import type { Steps } from "../catalogue";

export const steps: Steps = {
  gmail: [
    "在 Google 账户的“安全性”开启两步验证。",
    "打开 myaccount.google.com/apppasswords。",
    "取个名称，例如 Quilldesk，然后按“创建”。",
    "将 16 个字母粘贴在下方，有没有空格都可以。",
  ],
  outlook: [
    "先在网页版 Outlook 允许 IMAP：outlook.live.com →“设置”→“邮件”→“转发和 IMAP”。",
    "点击下方的“使用 Microsoft 登录”，会打开一个窗口。",
    "以这个邮箱的账号登录，并允许 Quilldesk 读取与发送邮件。",
  ],
  m365: [
    "管理员必须为该邮箱开启 IMAP 与“经过身份验证的 SMTP”：admin.microsoft.com →“用户”→ 该用户 →“邮件”→“管理电子邮件应用”。",
    "点击下方的“使用 Microsoft 登录”，会打开一个窗口。",
    "以这个邮箱的账号登录，并允许 Quilldesk 读取与发送邮件。",
    "如果只有管理员可以允许，请其中一位为所有人同意一次。",
  ],
  qq: [
    "在电脑上打开 mail.qq.com：“设置”→“账户”。",
    "在“POP3/IMAP/SMTP…服务”开启 IMAP/SMTP 服务，并以短信确认。",
    "按“生成授权码”。",
    "将 16 个字母粘贴在下方；它不是 QQ 密码。",
  ],
  netease_163: [
    "在电脑上打开 mail.163.com：“设置”→“POP3/SMTP/IMAP”。",
    "开启 IMAP/SMTP 服务，并以短信确认。",
    "授权码只显示一次，请复制并粘贴在下方。",
    "若提示登录不安全：打开“安全度”检查，在 IMAP 那一列选“信任”。",
  ],
  netease_126: [
    "在电脑上打开 mail.126.com：“设置”→“POP3/SMTP/IMAP”。",
    "开启 IMAP/SMTP 服务，并以短信确认。",
    "授权码只显示一次，请复制并粘贴在下方。",
    "若提示登录不安全：打开“安全度”检查，在 IMAP 那一列选“信任”。",
  ],
  netease_yeah: [
    "在电脑上打开 mail.yeah.net：“设置”→“POP3/SMTP/IMAP”。",
    "开启 IMAP/SMTP 服务，并以短信确认。",
    "授权码只显示一次，请复制并粘贴在下方。",
    "若提示登录不安全：打开“安全度”检查，在 IMAP 那一列选“信任”。",
  ],
  netease_qiye: [
    "打开 qiye.163.com 并登录：“设置”→“客户端设置”。",
    "开启 IMAP/SMTP；可能需要管理员先允许。",
    "若贵组织使用客户端密码，请生成一组；否则使用登录密码。",
    "粘贴在下方。",
  ],
  aliyun_qiye: [
    "管理员须先在阿里邮箱控制台允许该邮箱使用第三方客户端。",
    "打开 qiye.aliyun.com：“设置”→“账号与安全”→“三方客户端安全密码”。",
    "生成安全密码并粘贴在下方。",
    "若没有这项功能，请使用登录密码。",
  ],
  feishu: [
    "管理员须先在飞书管理后台允许第三方邮件客户端。",
    "在飞书：“设置”→“邮箱”→“第三方邮箱客户端登录”。",
    "选择 IMAP 并生成专用密码。",
    "粘贴在下方。",
  ],
  lark: [
    "管理员须先在 Lark 管理后台允许第三方邮件客户端。",
    "在 Lark：“设置”→“邮箱”→“第三方邮件客户端登录”。",
    "选择 IMAP 并生成专用密码。",
    "粘贴在下方。",
  ],
  zoho: [
    "在 Zoho Mail：“Settings”→“Mail Accounts”，开启 IMAP 访问。",
    "若已开启双重验证：到 accounts.zoho.com 的“Security”→“App Passwords”生成一组。",
    "否则使用登录密码。若平常以 Google 或 Microsoft 登录，请先设置 Zoho 密码。",
    "粘贴在下方。",
  ],
  exmail: [
    "打开 exmail.qq.com 并登录：“设置”→“客户端设置”。",
    "开启 IMAP/SMTP 服务。",
    "若已开启安全登录，请生成客户端专用密码；否则使用登录密码。",
    "粘贴在下方。",
  ],
  "35": [
    "打开 35.com 网页邮箱的设置，开启 IMAP/SMTP。",
    "在下方输入登录密码。",
    "请核对下方服务器与 35.com 提供给贵组织的是否一致；各合同可能不同。",
  ],
  yahoo: [
    "打开 login.yahoo.com/account/security。",
    "选择“生成应用专用密码”，命名为 Quilldesk。",
    "将 16 个字母粘贴在下方。",
  ],
  generic: [
    "在服务商的说明页查找 IMAP 与 SMTP 服务器。",
    "确认邮箱已开启 IMAP。",
    "输入密码；若服务商要求，请输入应用专用密码。",
  ],
};
