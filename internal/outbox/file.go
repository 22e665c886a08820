package outbox

import (
	"bytes"
	"mime"
	"net/http"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// maxName bounds a file's name in bytes: percent-encoded it must fit one header
// line of 998 characters (RFC 5322 §2.1.1).
const maxName = 150

// cleanName makes a name safe to show and to store: the last part of a path,
// without control characters and without the marks that turn the direction of
// writing, which can make "exe.pdf" of "fdp.exe".
func cleanName(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || c == utf8.RuneError || unicode.Is(unicode.Bidi_Control, c) || c == '\u2028' || c == '\u2029' {
			return -1
		}
		return c
	}, name)
	name = strings.Trim(name, " .")
	if name == "" {
		return "file"
	}
	ending := path.Ext(name)
	if len(ending) > 20 {
		ending = ""
	}
	if len(name) <= maxName {
		return name
	}
	stem := name[:maxName-len(ending)]
	for !utf8.ValidString(stem) {
		stem = stem[:len(stem)-1]
	}
	return stem + ending
}

// contentType is a type that may stand in a header, without parameters.
func contentType(given string) string {
	kind, _, err := mime.ParseMediaType(given)
	if err != nil || !strings.Contains(kind, "/") || strings.HasPrefix(kind, "multipart/") || strings.HasPrefix(kind, "message/") {
		return "application/octet-stream"
	}
	return kind
}

// refusedEndings run when they are opened. Gmail refuses the same (Google, "File
// types blocked in Gmail"), and so do most servers after it; macro documents and
// shell scripts are ours.
var refusedEndings = endings(`ade adp apk appx appxbundle bat cab chm cmd com cpl diagcab diagcfg diagpkg dll dmg ex ex_ exe hta img ins iso isp
	jar jnlp js jse lib lnk mde mjs msc msi msix msixbundle msp mst nsh pif ps1 ps1xml ps2 psc1 psd1 psm1 scr sct shb sys vb vbe vbs vhd vhdx vxd wsc wsf wsh xll
	docm dotm xlsm xltm xlam pptm potm ppsm ppam sh bash zsh command app scpt elf run reg url desktop`)

func endings(list string) map[string]bool {
	set := map[string]bool{}
	for _, ending := range strings.Fields(list) {
		set["."+ending] = true
	}
	return set
}

// programs are the first bytes of what runs, whatever its name.
var programs = [][]byte{
	[]byte("MZ"), []byte("\x7fELF"), []byte("\xfe\xed\xfa\xce"), []byte("\xfe\xed\xfa\xcf"), []byte("\xce\xfa\xed\xfe"), []byte("\xcf\xfa\xed\xfe"),
	[]byte("\xca\xfe\xba\xbe"), []byte("#!"), []byte("L\x00\x00\x00\x01\x14\x02\x00"),
}

// refusedName reports whether a file of that name is refused.
func refusedName(name string) bool { return refusedEndings[strings.ToLower(path.Ext(name))] }

func program(head []byte) bool {
	for _, magic := range programs {
		if bytes.HasPrefix(head, magic) {
			return true
		}
	}
	return false
}

// seenType is what a file is by its first bytes: a marketplace that takes images
// and PDF only is not to be told that something else is one.
func seenType(given string, head []byte) string {
	detected := contentType(http.DetectContentType(head))
	given = contentType(given)
	shown := func(kind string) bool { return strings.HasPrefix(kind, "image/") || kind == "application/pdf" }
	switch {
	case shown(detected):
		return detected
	case shown(given):
		return "application/octet-stream"
	default:
		return given
	}
}

func errRefused(name string) error {
	return desk.Errorf(desk.Invalid, "file_refused", "%q could run as a program; put it into a document or an archive your recipient expects", name)
}
