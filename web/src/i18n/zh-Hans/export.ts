import type { Part } from "../catalogue";
import type { exports as en } from "../en/export";

export const exports: Part<typeof en> = {
  "export.open": "导出",
  "export.title": "导出 {address}",
  "export.why": "把一切带走：每封原始邮件和已发邮件存为邮件软件可读取的 mbox 文件，所有对话连同标签存为 JSON Lines。文件可在此下载七天。",
  "export.start": "开始导出",
  "export.again": "重新导出",
  "export.running": "正在导出",
  "export.counting": "正在统计对话数…",
  "export.progress": "已导出 {done} / {total} 个对话",
  "export.done": "{n} 个文件已就绪",
  "export.until": "{day} 删除",
  "export.download": "下载 {name}，{size}",
  "export.failed": "导出未能完成。请重新开始；若再次失败，管理员可在日志中找到原因。",
  "unbind.step": "第 {step} 步，共 {of} 步",
  "unbind.skip": "不导出，继续",
  "unbind.next": "继续",
  "unbind.exportGoes": "解除绑定也会删除导出的文件。继续之前请先下载。",
  "unbind.title.deleting": "正在解除绑定 {address}",
  "unbind.left": "剩余 {left} / {of} 个对话",
  "unbind.goesOn": "可以关闭此窗口；删除会继续进行，邮箱卡片会显示进度。",
  "unbind.done": "通过该邮箱收到的一切都已删除。",
  "problem.code.no_export": "该文件已不再保留。请重新导出。",
  "problem.code.deleting": "该邮箱正在删除。",
  "problem.code.offset": "无法完整读取附件。请再试一次。",
};
