import { Document, HeadingLevel, Packer, Paragraph, TextRun } from "docx";
import mammoth from "mammoth";
import { factsOf, fromOutline, headings, ordered, type Line } from "./outline";
import { UnreadableFile, type Draft, type Source } from "./table";

const levels = [HeadingLevel.HEADING_1, HeadingLevel.HEADING_2, HeadingLevel.HEADING_3, HeadingLevel.HEADING_4, HeadingLevel.HEADING_5, HeadingLevel.HEADING_6] as const;

export async function toDocx(drafts: readonly Draft[]): Promise<Blob> {
  const list = ordered(drafts);
  const children = list.flatMap((draft, index) => {
    const facts = factsOf(draft);
    return [
      ...headings(draft, list[index - 1]).map(({ level, text }) => new Paragraph({ text, heading: levels[level - 1] ?? HeadingLevel.HEADING_6 })),
      ...(facts ? [new Paragraph({ children: [new TextRun({ text: facts, color: "777777" })] })] : []),
      ...draft.answer.split("\n").map((text) => new Paragraph({ text })),
    ];
  });
  return Packer.toBlob(new Document({ sections: [{ children }] }));
}

export async function fromDocx(file: ArrayBuffer): Promise<Source[]> {
  let html: string;
  try {
    // Browsers read arrayBuffer; where the tests run, buffer is read.
    const input = { arrayBuffer: file, buffer: file as unknown as Buffer };
    html = (await mammoth.convertToHtml(input, { ignoreEmptyParagraphs: false, convertImage: mammoth.images.imgElement(() => Promise.resolve({ src: "" })) })).value;
  } catch {
    throw new UnreadableFile("broken");
  }
  const body = new DOMParser().parseFromString(html, "text/html").body;
  return fromOutline([...body.children].flatMap((element, index) => linesOf(element, index + 1)));
}

/** The lines of a block; a list's points begin with a dash or their number. */
function linesOf(element: Element, row: number): Line[] {
  const heading = /^H([1-6])$/.exec(element.tagName);
  if (heading) return [{ row, level: Number(heading[1]), text: textOf(element) }];
  if (element.tagName === "UL" || element.tagName === "OL") {
    return [...element.children].map((item, index) => ({ row, text: `${element.tagName === "OL" ? `${index + 1}.` : "-"} ${textOf(item)}` }));
  }
  if (element.tagName === "TABLE") return [...element.querySelectorAll("tr")].map((line) => ({ row, text: [...line.children].map(textOf).join(" | ") }));
  return textOf(element).split("\n").map((text) => ({ row, text }));
}

function textOf(element: Element): string {
  for (const line of element.querySelectorAll("br")) line.replaceWith("\n");
  return element.textContent;
}
