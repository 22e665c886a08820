package mailbox

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"strings"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// Our Message-IDs read <conversation.message.mac@domain>. The MAC is keyed by a
// secret of the mailbox, so that a forged In-Reply-To cannot enter a
// conversation and a bounce finds the very mail it is about.

var encoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// short is the first 80 bits of a hash as 16 lower-case characters.
func short(sum []byte) string { return strings.ToLower(encoding.EncodeToString(sum[:10])) }

// OwnMessageID makes the Message-ID of an outgoing message.
func OwnMessageID(secret []byte, c desk.ConversationID, m desk.MessageID, domain string) string {
	name := string(c) + "." + string(m)
	return name + "." + sign(secret, name) + "@" + domain
}

// OwnID reads a Message-ID that we made; ok is false for any other.
func OwnID(secret []byte, id string) (c desk.ConversationID, m desk.MessageID, ok bool) {
	local, _, _ := strings.Cut(id, "@")
	parts := strings.Split(local, ".")
	if len(parts) != 3 || !hmac.Equal([]byte(sign(secret, parts[0]+"."+parts[1])), []byte(parts[2])) {
		return "", "", false
	}
	return desk.ConversationID(parts[0]), desk.MessageID(parts[1]), true
}

func sign(secret []byte, name string) string {
	mac := hmac.New(sha256.New, secret)
	_, _ = mac.Write([]byte(name)) // never fails
	return short(mac.Sum(nil))
}
