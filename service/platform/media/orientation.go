package media

import (
	"bytes"
	"encoding/binary"
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
	const soi, app1, sos = 0xd8, 0xe1, 0xda
	if len(file) < 2 || file[0] != 0xff || file[1] != soi {
		return nil
	}
	for rest := file[2:]; len(rest) >= 4 && rest[0] == 0xff && rest[1] != sos; {
		size := int(binary.BigEndian.Uint16(rest[2:])) + 2
		if size < 4 || size > len(rest) {
			return nil
		}
		if tiff, ok := bytes.CutPrefix(rest[4:size], []byte("Exif\x00\x00")); ok && rest[1] == app1 {
			return tiff
		}
		rest = rest[size:]
	}
	return nil
}
