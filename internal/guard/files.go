package guard

import (
	"strings"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// What a mail may carry, in bytes and files. Marketplaces that are not named here
// have published nothing for mail.
const (
	megabyte = 1 << 20
	// MailTotal is what ordinary mail carries: base64 adds a third, and most
	// servers stop at 25 to 30 MB.
	MailTotal   = 20 * megabyte
	amazonTotal = 10 * megabyte // O Amazon 201054220, of the whole message
	neweggTotal = 5 * megabyte  // O Newegg customer e-mail rules
	neweggFiles = 5
)

// CheckFiles finds what the attachments of an answer break, as Check does.
func CheckFiles(store desk.Store, files []desk.Attachment) []desk.Finding {
	var found []desk.Finding
	for _, r := range rulesFor(store) {
		if r.files != nil {
			found = appendFindings(found, r.Rule, r.Key, "", r.files(files))
		}
	}
	return found
}

func totalOver(limit int) func([]desk.Attachment) []span {
	return func(files []desk.Attachment) []span {
		total := 0
		for _, a := range files {
			if total += a.Size; total > limit {
				return []span{{excerpt: a.Name}}
			}
		}
		return nil
	}
}

func filesOver(limit int) func([]desk.Attachment) []span {
	return func(files []desk.Attachment) []span {
		if len(files) <= limit {
			return nil
		}
		return []span{{excerpt: files[limit].Name}}
	}
}

// otherFiles finds attachments that are neither PDF nor image.
func otherFiles(files []desk.Attachment) []span {
	return filesOf(files, func(kind string) bool { return kind != "application/pdf" && !strings.HasPrefix(kind, "image/") })
}

func images(files []desk.Attachment) []span {
	return filesOf(files, func(kind string) bool { return strings.HasPrefix(kind, "image/") })
}

func anyFile(files []desk.Attachment) []span {
	return filesOf(files, func(string) bool { return true })
}

func filesOf(files []desk.Attachment, is func(contentType string) bool) []span {
	var out []span
	for _, a := range files {
		if is(a.ContentType) {
			out = append(out, span{excerpt: a.Name})
		}
	}
	return out
}
