package message

// Limits bounds what one mail can cost. A zero field means its default. Nothing here is an
// error: what lies beyond a limit is left out and a warning says so.
type Limits struct {
	Parts           int // MIME parts, leaves and containers; 500
	Depth           int // nested multiparts; 20
	HeaderBytes     int // per header block; 256 KB
	TextBytes       int // 1 MB
	HTMLBytes       int // 2 MB
	Attachments     int // 200
	AttachmentBytes int // all attachments together, decoded; 64 MB
	Addresses       int // per header; 500
	References      int // 100
	Warnings        int // 50

	// Listing leaves the contents of attachments out: they are named and measured
	// only, without a copy of a large one.
	Listing bool
}

var defaultLimits = Limits{
	Parts:           500,
	Depth:           20,
	HeaderBytes:     256 << 10,
	TextBytes:       1 << 20,
	HTMLBytes:       2 << 20,
	Attachments:     200,
	AttachmentBytes: 64 << 20,
	Addresses:       500,
	References:      100,
	Warnings:        50,
}

func (l Limits) withDefaults() Limits {
	d := defaultLimits
	d.Listing = l.Listing
	for _, f := range []struct {
		value *int
		given int
	}{
		{&d.Parts, l.Parts}, {&d.Depth, l.Depth}, {&d.HeaderBytes, l.HeaderBytes},
		{&d.TextBytes, l.TextBytes}, {&d.HTMLBytes, l.HTMLBytes},
		{&d.Attachments, l.Attachments}, {&d.AttachmentBytes, l.AttachmentBytes},
		{&d.Addresses, l.Addresses}, {&d.References, l.References}, {&d.Warnings, l.Warnings},
	} {
		if f.given > 0 {
			*f.value = f.given
		}
	}
	return d
}
