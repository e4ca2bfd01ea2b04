package media

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"xinyu/model"
)

// MaxDuration is the longest video that Probe takes.
const MaxDuration = 6 * time.Hour

// Limits on what Probe reads. Six hours at 60 frames a second have an index
// (moov) of some 20 MB and, in fragments of one second, under 100,000 boxes.
const (
	maxIndex    = 64 << 20 // bytes of moov
	maxFragment = 16 << 20 // bytes of one moof
	maxBoxes    = 500_000  // at the top level
)

// VideoInfo is what a video says of itself.
type VideoInfo struct {
	Duration      time.Duration // as a player has it: of pictures or sound, whichever ends last
	Width, Height int           // pixels, as coded: before any rotation
	Codec         string        // of the picture, as the file names it: "avc1" or "avc3", which are H.264
}

var (
	errUnreadable = model.Invalid("file", "video_unreadable", "视频文件已损坏或格式不对，请重新导出为 MP4 后上传")
	errNoPicture  = model.Invalid("file", "video_no_picture", "文件里没有视频画面，请重新导出为 MP4 后上传")
	errNoDuration = model.Invalid("file", "video_no_duration", "视频时长为零，请重新导出为 MP4 后上传")
	errTooLong    = model.Invalid("file", "video_too_long", "视频超过 6 小时，请分成几段上传")
)

// codecs are the names of what phones play not at all, or only some of them.
var codecs = map[string]string{
	"hvc1": "H.265（HEVC）", "hev1": "H.265（HEVC）", "dvh1": "H.265（杜比视界）", "dvhe": "H.265（杜比视界）", "av01": "AV1", "vp09": "VP9", "mp4v": "MPEG-4 Part 2",
}

// checkCodec refuses what is not H.264, the one that all phones play in WeChat.
func checkCodec(codec string) error {
	switch codec {
	case "avc1", "avc3":
		return nil
	}
	return model.Invalid("file", "video_codec", "视频的编码是 "+cmp.Or(codecs[codec], "其他格式")+
		"，不是所有手机都能播放。请在剪辑软件里重新导出：格式选 MP4，编码选 H.264（AVC）；苹果手机拍摄前，在“设置—相机—格式”里选“兼容性最佳”")
}

// Probe reads the duration, size and codec of an MP4 video, whole or in
// fragments. The duration is added up from the frames, as headers are often
// wrong. It reads the index only, never the pictures, and leaves r anywhere.
// A file that is no video, cut off, empty, longer than MaxDuration or of a codec
// that not all phones play is a *model.Error of KindInvalid on field "file". The
// index may stand behind the pictures, where cameras write it: see IndexFirst.
func Probe(r io.ReadSeeker) (info VideoInfo, err error) {
	// The box decoders are not ours; what they make of a hostile file must not
	// end the process.
	defer func() {
		if p := recover(); p != nil {
			info, err = VideoInfo{}, errUnreadable.WithCause(fmt.Errorf("panic: %v", p))
		}
	}()
	m, err := readMovie(r)
	if err != nil {
		return VideoInfo{}, err
	}
	return m.info()
}

// readMovie goes through the boxes at the top level and reads the index ones.
func readMovie(r io.ReadSeeker) (*movie, error) {
	size, err := r.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, fmt.Errorf("probe video: %w", err)
	}
	m := &movie{}
	pos, frames := int64(0), false
	for range maxBoxes {
		if pos == size {
			return m, nil
		}
		if _, err := r.Seek(pos, io.SeekStart); err != nil {
			return nil, fmt.Errorf("probe video: %w", err)
		}
		name, head, length, err := readHeader(r, size-pos)
		switch {
		case errors.Is(err, errUnreadable) && frames && m.defaults != nil && !vital(name):
			return m, nil // something behind the video, which players leave alone
		case err != nil:
			return nil, err
		}
		frames = frames || name == "mdat"
		if limit := map[string]int64{"moov": maxIndex, "moof": maxFragment}[name]; limit > 0 {
			if length-head > limit {
				return nil, errUnreadable
			}
			body := make([]byte, length-head) // the file is as long: no small file takes much memory
			if _, err := io.ReadFull(r, body); err != nil {
				return nil, readError(err)
			}
			if err := m.add(name, body); err != nil {
				return nil, err
			}
		}
		pos += length
	}
	return nil, errUnreadable
}

// vital reports whether a video lacks something without the rest of the box.
func vital(name string) bool { return name == "moov" || name == "moof" || name == "mdat" }

// readHeader reads the header of a box of which left bytes remain in the file:
// its name, the length of the header and that of the whole box. The name is
// there also where the length is wrong.
func readHeader(r io.Reader, left int64) (name string, head, length int64, err error) {
	var b [16]byte
	if _, err := io.ReadFull(r, b[:8]); err != nil {
		return "", 0, 0, readError(err)
	}
	name = string(b[4:8])
	head, length = 8, int64(binary.BigEndian.Uint32(b[:4]))
	switch length {
	case 0: // to the end of the file
		length = left
	case 1: // 64 bits follow
		if _, err := io.ReadFull(r, b[8:]); err != nil {
			return name, 0, 0, readError(err)
		}
		head, length = 16, int64(binary.BigEndian.Uint64(b[8:]))
	}
	if length < head || length > left {
		return name, 0, 0, errUnreadable
	}
	return name, head, length, nil
}

// readError is the fault of the file where it ends too early, and ours otherwise.
func readError(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errUnreadable.WithCause(err)
	}
	return fmt.Errorf("probe video: %w", err)
}
