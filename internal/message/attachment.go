package message

import (
	"bytes"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// extensions names attachments that come without a name.
var extensions = map[string]string{
	"message/rfc822":                   ".eml",
	"message/global":                   ".eml",
	"message/delivery-status":          ".txt",
	"message/disposition-notification": ".txt",
	"text/rfc822-headers":              ".txt",
	"message/rfc822-headers":           ".txt",
	"text/plain":                       ".txt",
	"text/html":                        ".html",
	"text/calendar":                    ".ics",
	"text/csv":                         ".csv",
	"text/vcard":                       ".vcf",
	"text/x-vcard":                     ".vcf",
	"image/jpeg":                       ".jpg",
	"image/jpg":                        ".jpg",
	"image/png":                        ".png",
	"image/gif":                        ".gif",
	"image/webp":                       ".webp",
	"image/heic":                       ".heic",
	"application/pdf":                  ".pdf",
	"application/zip":                  ".zip",
	"application/pgp-signature":        ".asc",
	"application/ms-tnef":              ".dat",
	"application/pkcs7-signature":      ".p7s",
	"application/x-pkcs7-signature":    ".p7s",
	"application/pkcs7-mime":           ".p7m",
	"application/x-pkcs7-mime":         ".p7m",
	"video/mp4":                        ".mp4",
	"audio/mpeg":                       ".mp3",
}

// maxNameRunes keeps names within what file systems and object keys allow.
const maxNameRunes = 150

func (r *reader) attach(p part) {
	if len(r.msg.Attachments) >= r.limits.Attachments {
		r.warn(WarnAttachmentCut, strconv.Itoa(r.limits.Attachments))
		return
	}
	encoding := p.header.get("Content-Transfer-Encoding")
	body, size, ok := r.decodeAttachment(p.body, encoding)
	if !ok {
		r.warn(WarnBadEncoding, r.clip(encoding))
	}
	a := Attachment{
		ContentType: contentType(p.kind.value),
		ContentID:   firstID(decodeHeaderText(p.header.get("Content-ID"), r.charset)),
		Size:        size,
	}
	a.Name = r.attachmentName(p, a.ContentType, body)
	isImage := strings.HasPrefix(a.ContentType, "image/")
	a.Inline = p.disposition.value == "inline" && isImage ||
		p.disposition.value != "attachment" && (p.related || isImage && a.ContentID != "")
	switch {
	case r.limits.Listing:
	case r.bytes+size > r.limits.AttachmentBytes:
		r.warn(WarnAttachmentCut, a.Name)
	default:
		r.bytes += size
		a.Content = body
	}
	r.msg.Attachments = append(r.msg.Attachments, a)
}

// listedChunk is how much of a large attachment is decoded at a time when only its
// size is wanted.
const listedChunk = 256 << 10

// decodeAttachment decodes an attachment. When only its size is wanted, a large
// one in base64 is measured chunk by chunk and body is its beginning.
func (r *reader) decodeAttachment(encoded []byte, encoding string) (body []byte, size int, ok bool) {
	isBase64 := strings.EqualFold(strings.TrimSpace(encoding), "base64")
	if r.limits.Listing && isBase64 && len(encoded) > 4*listedChunk {
		if body, size, ok = measureBase64(encoded); ok {
			return body, size, true
		}
	}
	body, ok = decodeTransfer(encoded, encoding)
	return body, len(body), ok
}

// measureBase64 is ok for base64 whose lines are whole quanta, as mailers write it.
func measureBase64(encoded []byte) (beginning []byte, size int, ok bool) {
	for len(encoded) > 0 {
		n := min(len(encoded), listedChunk)
		if nl := bytes.IndexByte(encoded[n:], '\n'); nl >= 0 {
			n += nl + 1
		} else {
			n = len(encoded)
		}
		if n > 2*listedChunk {
			return nil, 0, false
		}
		chunk, _, ok := scanBase64(encoded[:n])
		if !ok {
			return nil, 0, false
		}
		if size == 0 {
			beginning = chunk
		}
		size, encoded = size+len(chunk), encoded[n:]
	}
	return beginning, size, true
}

// contentType guards against values that are no media type.
func contentType(value string) string {
	if value == "" {
		return "text/plain"
	}
	before, after, ok := strings.Cut(value, "/")
	if !ok || before == "" || after == "" || len(value) > 120 || !utf8.ValidString(value) || strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return "application/octet-stream"
	}
	return value
}

func (r *reader) attachmentName(p part, kind string, body []byte) string {
	name := p.disposition.params.get("filename")
	if name == "" {
		name = p.kind.params.get("name")
	}
	if name == "" && (kind == "message/rfc822" || kind == "message/global") {
		header, _ := scanHeader(body, r.limits.HeaderBytes)
		if subject := decodeHeaderText(header.get("Subject"), r.charset); subject != "" {
			name = strings.ReplaceAll(subject, "/", "-") + ".eml"
		}
	}
	if name = cleanName(name); name != "" {
		return name
	}
	if kind == "text/calendar" {
		return "invite.ics"
	}
	base, _, _ := strings.Cut(kind, "/")
	return base + "-" + strconv.Itoa(len(r.msg.Attachments)+1) + extensions[kind]
}

// cleanName keeps the base name and drops what could deceive or break: paths, control
// characters, and direction marks that let "gpj.exe" read as a picture.
func cleanName(name string) string {
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		if strings.ContainsRune(`<>:"|?*`, r) {
			return '_'
		}
		return r
	}, name)
	name = strings.Trim(name, " .")
	if utf8.RuneCountInString(name) <= maxNameRunes {
		return name
	}
	runes := []rune(name)
	tail := runes[len(runes)-12:] // keeps the extension
	return string(runes[:maxNameRunes-len(tail)]) + string(tail)
}
