package media

import (
	"bytes"
	"encoding/binary"
	"iter"
)

// orientation reads how a JPEG is to be turned from its EXIF data: 1 to 8, or 0
// where the file says nothing. Anything odd counts as nothing.
func orientation(file []byte) int {
	tiff := exif(file)
	if len(tiff) < 8 {
		return 0
	}
	var order binary.ByteOrder = binary.BigEndian
	if bytes.HasPrefix(tiff, []byte("II")) {
		order = binary.LittleEndian
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return 0
	}
	entries := tiff[at+2:]
	for range order.Uint16(tiff[at:]) {
		const entry, tag = 12, 0x0112
		if len(entries) < entry {
			return 0
		}
		if order.Uint16(entries) == tag {
			return int(order.Uint16(entries[8:]))
		}
		entries = entries[entry:]
	}
	return 0
}

// exif returns the TIFF structure in the APP1 segment of a JPEG, or nil.
func exif(file []byte) []byte {
	const app1 = 0xe1
	for marker, body := range segments(file) {
		if tiff, ok := bytes.CutPrefix(body, []byte("Exif\x00\x00")); ok && marker == app1 {
			return tiff
		}
	}
	return nil
}

// progressive reports whether the file is a JPEG that is not known to be read in
// one scan. Decoders take more than segments does, and so may a hostile file.
func progressive(file []byte) bool {
	const baseline, extended, scans = 0xc0, 0xc1, 0xc2
	for marker := range segments(file) {
		switch marker {
		case baseline, extended:
			return false
		case scans:
			return true
		}
	}
	return isJPEG(file)
}

func isJPEG(file []byte) bool { return bytes.HasPrefix(file, []byte{0xff, 0xd8}) }

// segments are the marker and body of each segment before the pixels of a JPEG,
// up to the first thing that is none.
func segments(file []byte) iter.Seq2[byte, []byte] {
	const first, last, sos = 0xc0, 0xfe, 0xda
	bare := func(marker byte) bool { return marker >= 0xd0 && marker <= 0xd9 } // without a body
	return func(yield func(byte, []byte) bool) {
		if !isJPEG(file) {
			return
		}
		for rest := file[2:]; len(rest) >= 4 && rest[0] == 0xff && rest[1] != sos; {
			size := int(binary.BigEndian.Uint16(rest[2:])) + 2
			if rest[1] < first || rest[1] > last || bare(rest[1]) || size < 4 || size > len(rest) || !yield(rest[1], rest[4:size]) {
				return
			}
			rest = rest[size:]
		}
	}
}
