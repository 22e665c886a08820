package corpus

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"path"
	"strings"
)

// attachment makes a small real file of the kind its name asks for.
func attachment(name string) Attachment {
	switch path.Ext(name) {
	case ".png":
		return Attachment{name, "image/png", drawPNG()}
	case ".jpg":
		return Attachment{name, "image/jpeg", drawJPEG()}
	}
	return Attachment{name, "application/pdf", onePagePDF(strings.TrimSuffix(name, ".pdf"))}
}

func drawPNG() []byte {
	var out bytes.Buffer
	png.Encode(&out, drawing()) // cannot fail: a small image into memory
	return out.Bytes()
}

func drawJPEG() []byte {
	var out bytes.Buffer
	jpeg.Encode(&out, drawing(), &jpeg.Options{Quality: 60}) // as above
	return out.Bytes()
}

// drawing is a lampshade with a crack through it.
func drawing() image.Image {
	const size = 96
	img := image.NewRGBA(image.Rect(0, 0, size, size))
	for y := range size {
		for x := range size {
			c := color.RGBA{236, 232, 224, 255}
			switch {
			case y > 20 && y < 60 && x > 48-y/2 && x < 48+y/2:
				c = color.RGBA{244, 190, 92, 255}
			case y >= 60 && y < 88 && x > 44 && x < 52:
				c = color.RGBA{70, 62, 58, 255}
			}
			if y > 22 && y < 58 && x == 40+(y*7)%9 {
				c = color.RGBA{30, 24, 24, 255}
			}
			img.Set(x, y, c)
		}
	}
	return img
}

// onePagePDF is a PDF 1.4 with one line of text.
func onePagePDF(title string) []byte {
	stream := fmt.Sprintf("BT /F1 18 Tf 72 720 Td (%s) Tj ET", title)
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(stream), stream),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
	}
	var out bytes.Buffer
	out.WriteString("%PDF-1.4\n")
	var offsets []int
	for i, object := range objects {
		offsets = append(offsets, out.Len())
		fmt.Fprintf(&out, "%d 0 obj\n%s\nendobj\n", i+1, object)
	}
	table := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, offset := range offsets {
		fmt.Fprintf(&out, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(&out, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, table)
	return out.Bytes()
}
