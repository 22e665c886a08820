package s3

import (
	"bufio"
	"io"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
)

// streamingUnsigned marks an aws-chunked body with a trailer and no signature
// per chunk, what SDKs send over TLS for a body whose checksum they learn last.
const streamingUnsigned = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"

// maxTrailer is the size allowed for the trailing headers of a body, in bytes.
const maxTrailer = 8 << 10

// chunkedReader decodes an aws-chunked body: chunks of "<hex size>\r\n", data,
// "\r\n", ended by a chunk of size 0 and trailing headers.
//
// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
type chunkedReader struct {
	r       *bufio.Reader
	left    int64 // of the current chunk
	started bool
	done    bool
	trailer http.Header // filled at the end
}

func newChunkedReader(r io.Reader) *chunkedReader {
	return &chunkedReader{r: bufio.NewReader(r), trailer: http.Header{}}
}

func (c *chunkedReader) Read(p []byte) (int, error) {
	for c.left == 0 {
		if c.done {
			return 0, io.EOF
		}
		if err := c.next(); err != nil {
			return 0, err
		}
	}
	n, err := c.r.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	if err == io.EOF {
		err = errIncompleteBody
	}
	return n, err
}

// next reads the head of a chunk, or the trailer after the last one.
func (c *chunkedReader) next() error {
	if c.started {
		if line, err := c.line(); err != nil || line != "" {
			return errIncompleteBody
		}
	}
	c.started = true
	line, err := c.line()
	if err != nil {
		return err
	}
	size, _, _ := strings.Cut(line, ";")
	c.left, err = strconv.ParseInt(size, 16, 63)
	if err != nil || c.left < 0 {
		return errIncompleteBody
	}
	if c.left == 0 {
		c.done = true
		return c.readTrailer()
	}
	return nil
}

func (c *chunkedReader) readTrailer() error {
	for read := 0; ; {
		line, err := c.line()
		if err != nil {
			return err
		}
		if line == "" {
			return nil
		}
		read += len(line)
		name, value, ok := strings.Cut(line, ":")
		if !ok || read > maxTrailer {
			return errIncompleteBody
		}
		c.trailer.Set(textproto.TrimString(name), textproto.TrimString(value))
	}
}

// line reads up to the next CRLF.
func (c *chunkedReader) line() (string, error) {
	line, err := c.r.ReadSlice('\n')
	if err != nil {
		return "", errIncompleteBody
	}
	text, ok := strings.CutSuffix(string(line), "\r\n")
	if !ok {
		return "", errIncompleteBody
	}
	return text, nil
}
