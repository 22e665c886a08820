import type { Part } from "../catalogue";
import type { exports as en } from "../en/export";

export const exports: Part<typeof en> = {
  "export.open": "匯出",
  "export.title": "匯出 {address}",
  "export.why": "把一切帶走：每封原始郵件與寄出的郵件存成郵件軟體能讀取的 mbox 檔，所有對話連同標籤存成 JSON Lines。檔案可在此下載七天。",
  "export.start": "開始匯出",
  "export.again": "重新匯出",
  "export.running": "正在匯出",
  "export.counting": "正在計算對話數…",
  "export.progress": "已匯出 {done} / {total} 則對話",
  "export.done": "{n} 個檔案已備妥",
  "export.until": "{day} 刪除",
  "export.download": "下載 {name}，{size}",
  "export.failed": "匯出未能完成。請重新開始；若再次失敗，管理員可在記錄中找到原因。",
  "unbind.step": "步驟 {step} / {of}",
  "unbind.skip": "不匯出，繼續",
  "unbind.next": "繼續",
  "unbind.exportGoes": "解除綁定也會刪除匯出的檔案。繼續之前請先下載。",
  "unbind.title.deleting": "正在解除綁定 {address}",
  "unbind.left": "剩下 {left} / {of} 則對話",
  "unbind.goesOn": "可以關閉這個視窗；刪除會繼續進行，信箱卡片會顯示進度。",
  "unbind.done": "透過這個信箱收到的一切都已刪除。",
  "problem.code.no_export": "這個檔案已不再保留。請重新匯出。",
  "problem.code.deleting": "這個信箱正在刪除。",
  "problem.code.offset": "無法完整讀取附件。請再試一次。",
};
