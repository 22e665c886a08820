package message

import "strings"

// isHiddenStyle recognises the inline styles that hide preheaders and planted text.
func isHiddenStyle(style string) bool {
	if !mayHide(style) {
		return false
	}
	for decl := range strings.SplitSeq(style, ";") {
		name, value, ok := strings.Cut(decl, ":")
		if !ok {
			continue
		}
		value = strings.ToLower(strings.TrimSpace(value))
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "display":
			if strings.HasPrefix(value, "none") {
				return true
			}
		case "visibility":
			if strings.HasPrefix(value, "hidden") {
				return true
			}
		case "mso-hide":
			if value == "all" {
				return true
			}
		case "font-size":
			if isZeroLength(value) {
				return true
			}
		}
	}
	return false
}

// mayHide is a cheap first test for the properties isHiddenStyle knows.
func mayHide(style string) bool {
	for i := 0; i+4 < len(style); i++ {
		switch style[i] | 0x20 {
		case 'd': // display
			if style[i+1]|0x20 == 'i' && style[i+2]|0x20 == 's' {
				return true
			}
		case 'v': // visibility
			if style[i+1]|0x20 == 'i' && style[i+2]|0x20 == 's' {
				return true
			}
		case 'm': // mso-hide
			if style[i+1]|0x20 == 's' && style[i+4]|0x20 == 'h' {
				return true
			}
		case 's': // font-size
			if style[i+1]|0x20 == 'i' && style[i+2]|0x20 == 'z' {
				return true
			}
		}
	}
	return false
}

func isZeroLength(value string) bool {
	value, _, _ = strings.Cut(value, "!")
	value = strings.TrimRight(strings.TrimSpace(value), "pxtem%")
	return value != "" && strings.Trim(value, "0.") == ""
}
