/**
 * The document for the sandboxed frame that shows a mail's original HTML. It was
 * sanitised on the server; this is the second wall: no scripts, no forms, no
 * network. Remote images stand as data-src and load only when `images` is set.
 */
export function frameDocument(html: string, images: boolean): string {
  const csp = `default-src 'none'; style-src 'unsafe-inline'; img-src data:${images ? " https:" : ""}`;
  return [
    "<!doctype html><html><head><meta charset=utf-8>",
    `<meta http-equiv="Content-Security-Policy" content="${csp}">`,
    "<style>html{color-scheme:light;background:#fff}body{margin:14px;font:14px/1.5 system-ui,sans-serif;color:#1c1d24;overflow-wrap:anywhere}img{max-width:100%;height:auto}</style>",
    "</head><body>",
    images ? withImages(html) : html,
    "</body></html>",
  ].join("");
}

function withImages(html: string): string {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  for (const image of parsed.querySelectorAll("img[data-src]")) {
    const source = image.getAttribute("data-src") ?? "";
    image.removeAttribute("data-src");
    if (source.startsWith("https:")) image.setAttribute("src", source);
  }
  return parsed.body.innerHTML;
}
