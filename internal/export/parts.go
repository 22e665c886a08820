package export

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// The kinds of files, by which their names begin.
const (
	kindMail  = "mail"
	kindLines = "conversations"
)

// part is a file that is being written, in memory.
type part struct {
	kind, ending string
	text         bytes.Buffer
	items        int
}

// parts are the files under way. Their names count up from what is finished: a run
// that goes on after a crash writes the same names again.
type parts struct {
	objects Objects
	prefix  string
	files   []desk.ExportFile
	mail    part
	lines   part
}

// waiting is how much is in no finished file yet, bytes.
func (p *parts) waiting() int { return p.mail.text.Len() + p.lines.text.Len() }

// room finishes the file under way if so much more would make it too large.
func (p *parts) room(ctx context.Context, one *part, more int) error {
	if one.text.Len() == 0 || one.text.Len()+more <= partBytes {
		return nil
	}
	return p.close(ctx, one)
}

func (p *parts) finish(ctx context.Context) error {
	for _, one := range []*part{&p.mail, &p.lines} {
		if err := p.close(ctx, one); err != nil {
			return err
		}
	}
	return nil
}

func (p *parts) close(ctx context.Context, one *part) error {
	if one.text.Len() == 0 {
		return nil
	}
	err := p.file(ctx, fmt.Sprintf("%s-%04d.%s", one.kind, p.count(one.kind)+1, one.ending), one.text.Bytes(), one.items)
	one.text.Reset()
	one.items = 0
	return err
}

// file stores one finished file.
func (p *parts) file(ctx context.Context, name string, data []byte, items int) error {
	if err := p.objects.Put(ctx, p.prefix+name, data); err != nil {
		return err
	}
	sum := sha256.Sum256(data)
	p.files = append(p.files[:len(p.files):len(p.files)], desk.ExportFile{
		Name: name, Bytes: int64(len(data)), SHA256: hex.EncodeToString(sum[:]), Items: items,
	})
	return nil
}

// count is how many files of a kind are finished.
func (p *parts) count(kind string) (n int) {
	for _, f := range p.files {
		if len(f.Name) > len(kind) && f.Name[:len(kind)+1] == kind+"-" {
			n++
		}
	}
	return n
}
