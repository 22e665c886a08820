package s3

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"strings"
)

// crc64NVME is the table of CRC-64/NVME; Go takes the polynomial reversed.
var crc64NVME = crc64.MakeTable(0x9a6c9329ac4bc9b5)

// checksums are the additional checksums of S3 that are offered, by their name
// in the API. XXHASH is not.
//
// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
var checksums = map[string]func() hash.Hash{
	"CRC32":     func() hash.Hash { return crc32.NewIEEE() },
	"CRC32C":    func() hash.Hash { return crc32.New(crc32.MakeTable(crc32.Castagnoli)) },
	"CRC64NVME": func() hash.Hash { return crc64.New(crc64NVME) },
	"SHA1":      sha1.New,
	"SHA256":    sha256.New,
	"SHA512":    sha512.New,
	"MD5":       md5.New,
}

const (
	// defaultChecksum is what S3 computes when the client sends none.
	defaultChecksum = "CRC64NVME"

	fullObject = "FULL_OBJECT"
	composite  = "COMPOSITE" // of the checksums of the parts
)

// checksum is an additional checksum of an object or a part.
type checksum struct {
	Algorithm string
	Value     string // base64; a composite one ends with "-<parts>"
	Type      string
}

// header is the name of the header that carries the checksum.
func (c checksum) header() string { return "X-Amz-Checksum-" + c.Algorithm }

func encode(h hash.Hash) string { return base64.StdEncoding.EncodeToString(h.Sum(nil)) }

// algorithmOf is the checksum algorithm of a header such as
// X-Amz-Checksum-Crc32, "" if it is none.
func algorithmOf(header string) string {
	name, ok := strings.CutPrefix(strings.ToUpper(header), "X-AMZ-CHECKSUM-")
	if !ok || checksums[name] == nil {
		return ""
	}
	return name
}

// checksumXML are the checksum elements of XML documents.
type checksumXML struct {
	CRC32     string `xml:"ChecksumCRC32,omitempty"`
	CRC32C    string `xml:"ChecksumCRC32C,omitempty"`
	CRC64NVME string `xml:"ChecksumCRC64NVME,omitempty"`
	SHA1      string `xml:"ChecksumSHA1,omitempty"`
	SHA256    string `xml:"ChecksumSHA256,omitempty"`
	SHA512    string `xml:"ChecksumSHA512,omitempty"`
	MD5       string `xml:"ChecksumMD5,omitempty"`
}

func (x *checksumXML) field(algorithm string) *string {
	return map[string]*string{
		"CRC32": &x.CRC32, "CRC32C": &x.CRC32C, "CRC64NVME": &x.CRC64NVME,
		"SHA1": &x.SHA1, "SHA256": &x.SHA256, "SHA512": &x.SHA512, "MD5": &x.MD5,
	}[algorithm]
}

func (c checksum) xml() checksumXML {
	var x checksumXML
	if p := x.field(c.Algorithm); p != nil {
		*p = c.Value
	}
	return x
}
