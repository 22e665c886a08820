import type { Steps } from "../catalogue";

export const steps: Steps = {
  gmail: [
    "在 Google 帳戶的「安全性」開啟兩步驟驗證。",
    "開啟 myaccount.google.com/apppasswords。",
    "取個名稱，例如 Quilldesk，然後按「建立」。",
    "將 16 個字母貼在下方，有沒有空格都可以。",
  ],
  outlook: [
    "先在網頁版 Outlook 允許 IMAP：outlook.live.com →「設定」→「郵件」→「轉寄和 IMAP」。",
    "按下方的「使用 Microsoft 登入」，會開啟一個視窗。",
    "以這個信箱的帳號登入，並允許 Quilldesk 讀取與寄送郵件。",
  ],
  m365: [
    "管理員必須為該信箱開啟 IMAP 與「已驗證的 SMTP」：admin.microsoft.com →「使用者」→ 該使用者 →「郵件」→「管理電子郵件應用程式」。",
    "按下方的「使用 Microsoft 登入」，會開啟一個視窗。",
    "以這個信箱的帳號登入，並允許 Quilldesk 讀取與寄送郵件。",
    "若只有管理員可以允許，請其中一位為所有人同意一次。",
  ],
  qq: [
    "在電腦上開啟 mail.qq.com：「设置」→「账户」。",
    "在「POP3/IMAP/SMTP…服务」開啟 IMAP/SMTP 服务，並以簡訊確認。",
    "按「生成授权码」。",
    "將 16 個字母貼在下方；它不是 QQ 密碼。",
  ],
  netease_163: [
    "在電腦上開啟 mail.163.com：「设置」→「POP3/SMTP/IMAP」。",
    "開啟 IMAP/SMTP 服务，並以簡訊確認。",
    "授權碼只顯示一次，請複製並貼在下方。",
    "若提示登入不安全：開啟「安全度」檢查，在 IMAP 那一列選「信任」。",
  ],
  netease_126: [
    "在電腦上開啟 mail.126.com：「设置」→「POP3/SMTP/IMAP」。",
    "開啟 IMAP/SMTP 服务，並以簡訊確認。",
    "授權碼只顯示一次，請複製並貼在下方。",
    "若提示登入不安全：開啟「安全度」檢查，在 IMAP 那一列選「信任」。",
  ],
  netease_yeah: [
    "在電腦上開啟 mail.yeah.net：「设置」→「POP3/SMTP/IMAP」。",
    "開啟 IMAP/SMTP 服务，並以簡訊確認。",
    "授權碼只顯示一次，請複製並貼在下方。",
    "若提示登入不安全：開啟「安全度」檢查，在 IMAP 那一列選「信任」。",
  ],
  netease_qiye: [
    "開啟 qiye.163.com 並登入：「设置」→「客户端设置」。",
    "開啟 IMAP/SMTP；可能需要管理員先允許。",
    "若貴組織使用客戶端密碼，請產生一組；否則使用登入密碼。",
    "貼在下方。",
  ],
  aliyun_qiye: [
    "管理員須先在阿里郵箱控制台允許該信箱使用第三方用戶端。",
    "開啟 qiye.aliyun.com：「设置」→「账号与安全」→「三方客户端安全密码」。",
    "產生安全密碼並貼在下方。",
    "若沒有這項功能，請使用登入密碼。",
  ],
  feishu: [
    "管理員須先在飛書管理後台允許第三方郵件用戶端。",
    "在飛書：「设置」→「邮箱」→「第三方邮箱客户端登录」。",
    "選擇 IMAP 並產生專用密碼。",
    "貼在下方。",
  ],
  lark: [
    "管理員須先在 Lark 管理後台允許第三方郵件用戶端。",
    "在 Lark：「設定」→「郵箱」→「第三方郵件用戶端登入」。",
    "選擇 IMAP 並產生專用密碼。",
    "貼在下方。",
  ],
  zoho: [
    "在 Zoho Mail：「Settings」→「Mail Accounts」，開啟 IMAP 存取。",
    "若已開啟雙重驗證：到 accounts.zoho.com 的「Security」→「App Passwords」產生一組。",
    "否則使用登入密碼。若平常以 Google 或 Microsoft 登入，請先設定 Zoho 密碼。",
    "貼在下方。",
  ],
  exmail: [
    "開啟 exmail.qq.com 並登入：「设置」→「客户端设置」。",
    "開啟 IMAP/SMTP 服務。",
    "若已開啟安全登入，請產生客戶端專用密碼；否則使用登入密碼。",
    "貼在下方。",
  ],
  "35": [
    "開啟 35.com 網頁信箱的設定，開啟 IMAP/SMTP。",
    "在下方輸入登入密碼。",
    "請核對下方伺服器與 35.com 提供給貴組織的是否一致；各合約可能不同。",
  ],
  yahoo: [
    "開啟 login.yahoo.com/account/security。",
    "選擇「產生應用程式密碼」，命名為 Quilldesk。",
    "將 16 個字母貼在下方。",
  ],
  generic: [
    "在服務商的說明頁查詢 IMAP 與 SMTP 伺服器。",
    "確認信箱已開啟 IMAP。",
    "輸入密碼；若服務商要求，請輸入應用程式密碼。",
  ],
};
