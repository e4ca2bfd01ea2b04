package media

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"xinyu/model"
)

var errIndexLast = model.Invalid("file", "video_index_last",
	"视频的索引在文件末尾，文件又太大，不能自动调整。请在剪辑软件里重新导出：格式选 MP4，并勾选“网络优化”（也叫“快速启动”“faststart”）")

// IndexFirst returns the file with the index (moov) of an MP4 video in front of
// the pictures, where a player can begin without having fetched the end. Cameras
// and some editors write it behind them, as they know it last. A file that is in
// order, or no such video, is returned as it is. It keeps the index alone in
// memory; the rest is read from the file, which must stay open. A video of which
// the index can't be moved is a *model.Error of KindInvalid on field "file".
func IndexFirst(file interface {
	io.ReadSeeker
	io.ReaderAt
}) (io.ReadSeeker, error) {
	size, err := file.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, fmt.Errorf("read video: %w", err)
	}
	media, index, length, err := findIndex(file, size)
	if err != nil || index <= media {
		return file, err
	}
	moov := make([]byte, length)
	if _, err := file.ReadAt(moov, index); err != nil {
		return nil, fmt.Errorf("read video: %w", err)
	}
	if binary.BigEndian.Uint32(moov) == 0 { // "to the end of the file", where it is no more
		binary.BigEndian.PutUint32(moov, uint32(length))
	}
	switch err := shiftChunks(moov, media, index); {
	case errors.Is(err, errIndexLast):
		return nil, errIndexLast
	case err != nil: // damaged: Probe says so
		return file, nil
	}
	parts := spliced{
		io.NewSectionReader(file, 0, media), io.NewSectionReader(bytes.NewReader(moov), 0, length),
		io.NewSectionReader(file, media, index-media), io.NewSectionReader(file, index+length, size-index-length),
	}
	return io.NewSectionReader(parts, 0, size), nil
}

// findIndex returns where the pictures begin, and where the index lies and how
// long it is; index is zero where there is nothing to move.
func findIndex(file io.ReaderAt, size int64) (media, index, length int64, err error) {
	found := false
	pos := int64(0)
	for range maxBoxes {
		if pos == size {
			return 0, 0, 0, nil
		}
		name, _, boxLength, err := readHeader(io.NewSectionReader(file, pos, size-pos), size-pos)
		var unreadable *model.Error
		switch {
		case errors.As(err, &unreadable):
			return 0, 0, 0, nil // Probe decides what to say of it
		case err != nil:
			return 0, 0, 0, err
		case name == "moof": // in fragments the index stands first, or nothing plays
			return 0, 0, 0, nil
		case name == "mdat" && !found:
			media, found = pos, true
		case name == "moov" && (!found || boxLength > maxIndex):
			return 0, 0, 0, nil
		case name == "moov":
			return media, pos, boxLength, nil
		}
		pos += boxLength
	}
	return 0, 0, 0, nil
}

// shiftChunks adds to the places of all chunks between media and index the
// length of the index, which comes to stand before them.
func shiftChunks(moov []byte, media, index int64) error {
	return eachChunkTable(moov, 0, func(name string, body []byte) error {
		width := map[string]int{"stco": 4, "co64": 8}[name]
		if !holds(body, uint64(width)) {
			return errEntries
		}
		for entries, n := body[8:], binary.BigEndian.Uint32(body[4:]); n > 0; n, entries = n-1, entries[width:] {
			at := uint64(binary.BigEndian.Uint32(entries))
			if width == 8 {
				at = binary.BigEndian.Uint64(entries)
			}
			if at < uint64(media) || at >= uint64(index) {
				continue
			}
			switch at += uint64(len(moov)); {
			case width == 8:
				binary.BigEndian.PutUint64(entries, at)
			case at > math.MaxUint32:
				return errIndexLast
			default:
				binary.BigEndian.PutUint32(entries, uint32(at))
			}
		}
		return nil
	})
}

// eachChunkTable calls f with the tables of chunks in b, which may change them.
func eachChunkTable(b []byte, depth int, f func(name string, body []byte) error) error {
	for len(b) > 0 {
		name, head, length, err := readHeader(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return err
		}
		switch body := b[head:length]; name {
		case "moov", "trak", "mdia", "minf", "stbl":
			if depth > maxDepth {
				return fmt.Errorf("%s nested too deep", name)
			}
			err = eachChunkTable(body, depth+1, f)
		case "stco", "co64":
			err = f(name, body)
		}
		if err != nil {
			return err
		}
		b = b[length:]
	}
	return nil
}

// spliced is one file made of parts.
type spliced []*io.SectionReader

// ReadAt implements io.ReaderAt.
func (s spliced) ReadAt(p []byte, off int64) (n int, err error) {
	for _, part := range s {
		if off >= part.Size() {
			off -= part.Size()
			continue
		}
		read, err := part.ReadAt(p[n:], off)
		n += read
		if n == len(p) {
			return n, nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return n, err
		}
		off = 0
	}
	return n, io.EOF
}
