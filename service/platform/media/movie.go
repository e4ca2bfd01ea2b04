package media

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/Eyevinn/mp4ff/bits"
	"github.com/Eyevinn/mp4ff/mp4"
)

// movie is what the index of an MP4 file says. The tree is walked here and
// single boxes are decoded by mp4ff: its own walk trusts the counts inside
// boxes and would allocate gigabytes for a file of a hundred bytes.
type movie struct {
	timescale uint32 // units a second of track.shown
	tracks    []*track
	defaults  map[uint32]uint32 // duration of a frame by track id, where a fragment names none
	fragments bool
	// fragment is the track of which a fragment is read, and frame the duration
	// of a frame in it that doesn't say.
	fragment *track
	frame    uint32
}

type track struct {
	id            uint32
	handler       string // "vide" for pictures, "soun" for sound
	timescale     uint32 // units a second of frames
	frames        uint64 // durations of all frames added up
	shown         uint64 // of the frames, where there are no edits, in the movie's timescale; 0 = all
	edits         []mp4.ElstEntry
	width, height int
	codec         string
}

// picture is the first track of pictures, or nil.
func (m *movie) picture() *track {
	for _, t := range m.tracks {
		if t.handler == "vide" {
			return t
		}
	}
	return nil
}

// plays reports whether a player plays the track.
func (t *track) plays() bool { return t.handler == "vide" || t.handler == "soun" }

func (m *movie) info() (VideoInfo, error) {
	t := m.picture()
	if t == nil || t.codec == "" {
		return VideoInfo{}, errNoPicture
	}
	if t.width == 0 || t.height == 0 || t.timescale == 0 {
		return VideoInfo{}, errUnreadable
	}
	if err := checkCodec(t.codec); err != nil {
		return VideoInfo{}, err
	}
	// A player goes on until the last of pictures and sound has ended.
	var d time.Duration
	if d = m.length(t); d > 0 {
		for _, t := range m.tracks {
			if t.handler == "soun" {
				d = max(d, m.length(t))
			}
		}
	}
	switch {
	case d <= 0:
		return VideoInfo{}, errNoDuration
	case d > MaxDuration:
		return VideoInfo{}, errTooLong
	}
	return VideoInfo{Duration: d, Width: t.width, Height: t.height, Codec: t.codec}, nil
}

// length is how long a player plays the track. Whoever trims a video on a phone
// may leave the frames in the file and say only that they aren't shown; whoever
// cuts one may have the sound begin before the pictures.
func (m *movie) length(t *track) time.Duration {
	frames := span(t.frames, t.timescale)
	if frames == 0 {
		return 0
	}
	if len(t.edits) == 0 {
		if shown := span(t.shown, m.timescale); !m.fragments && shown > 0 {
			return min(shown, frames)
		}
		return frames
	}
	var delay, shown time.Duration
	for _, e := range t.edits {
		switch part := span(e.SegmentDuration, m.timescale); {
		case e.MediaTime < 0: // nothing
			delay = min(delay+part, 2*MaxDuration)
		case part == 0: // all
			shown = min(shown+frames, 2*MaxDuration)
		default:
			shown = min(shown+min(part, frames), 2*MaxDuration)
		}
	}
	if m.fragments { // of which an edit list, which stands before them, knows no length
		shown = frames
	}
	return delay + shown
}

// span turns units of a timescale into time; what is far too long stays too long.
func span(units uint64, timescale uint32) time.Duration {
	if timescale == 0 {
		return 0
	}
	scale := uint64(timescale)
	seconds := units / scale
	if seconds > uint64(2*MaxDuration/time.Second) {
		return 2 * MaxDuration
	}
	return time.Duration(seconds)*time.Second + time.Duration(units%scale*uint64(time.Second)/scale)
}

// add reads a box of the top level: the first moov, and the fragments behind it.
func (m *movie) add(name string, body []byte) error {
	var err error
	switch {
	case name == "moov" && m.defaults == nil:
		m.defaults = map[uint32]uint32{}
		err = m.walk(body, 0)
	case name == "moof" && m.defaults != nil:
		m.fragments, m.fragment = true, nil
		err = m.walk(body, 0)
	}
	if err != nil {
		return errUnreadable.WithCause(err)
	}
	return nil
}

// maxTracks is far more than any video has; it bounds the memory that a file
// of empty tracks takes.
const maxTracks = 100

// maxDepth is more than any box we look for has above it, and keeps boxes
// nested a million deep from using up the stack.
const maxDepth = 6

// walk reads all boxes in b, down into those that hold others of interest.
func (m *movie) walk(b []byte, depth int) error {
	for len(b) > 0 {
		name, head, length, err := readHeader(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return err
		}
		body := b[head:length]
		if err := m.box(name, body); err != nil {
			return err
		}
		switch name {
		case "trak", "edts", "mdia", "minf", "stbl", "mvex", "traf":
			if depth == maxDepth {
				return fmt.Errorf("%s nested too deep", name)
			}
			if err := m.walk(body, depth+1); err != nil {
				return err
			}
		}
		b = b[length:]
	}
	return nil
}

// decoders are of the boxes of which we need something, beside stsd.
var decoders = map[string]func(mp4.BoxHeader, uint64, bits.SliceReader) (mp4.Box, error){
	"mvhd": mp4.DecodeMvhdSR, "trex": mp4.DecodeTrexSR, "tkhd": mp4.DecodeTkhdSR, "mdhd": mp4.DecodeMdhdSR,
	"elst": mp4.DecodeElstSR, "hdlr": mp4.DecodeHdlrSR, "stts": mp4.DecodeSttsSR, "tfhd": mp4.DecodeTfhdSR, "trun": mp4.DecodeTrunSR,
}

// box takes what we need from a box below moov or moof.
func (m *movie) box(name string, body []byte) error {
	skip, err := m.special(name, body)
	decode := decoders[name]
	if skip || err != nil || decode == nil {
		return err
	}
	decoded, err := decode(mp4.BoxHeader{Name: name, Size: uint64(len(body)) + 8, Hdrlen: 8}, 0, bits.NewFixedSliceReader(body))
	if err != nil {
		return fmt.Errorf("decode %s: %w", name, err)
	}
	t := m.track()
	switch box := decoded.(type) {
	case *mp4.MvhdBox:
		m.timescale = box.Timescale
	case *mp4.TrexBox:
		if len(m.defaults) == maxTracks {
			return errTracks
		}
		m.defaults[box.TrackID] = box.DefaultSampleDuration
	case *mp4.TkhdBox:
		t.id, t.shown = box.TrackID, box.Duration
	case *mp4.ElstBox:
		t.edits = box.Entries
	case *mp4.MdhdBox:
		t.timescale = box.Timescale
	case *mp4.HdlrBox:
		t.handler = box.HandlerType
	case *mp4.SttsBox:
		for i, n := range box.SampleCount {
			t.play(uint64(n), uint64(box.SampleTimeDelta[i]))
		}
	case *mp4.TfhdBox:
		m.fragment, m.frame = nil, m.defaults[box.TrackID]
		if box.HasDefaultSampleDuration() {
			m.frame = box.DefaultSampleDuration
		}
		if i := slices.IndexFunc(m.tracks, func(t *track) bool { return t.id == box.TrackID && t.plays() }); i >= 0 {
			m.fragment = m.tracks[i]
		}
	case *mp4.TrunBox:
		m.fragment.play(1, box.Duration(0))
	}
	return nil
}

// track is the one whose boxes are being read; a new one before the first.
func (m *movie) track() *track {
	if len(m.tracks) == 0 {
		return &track{}
	}
	return m.tracks[len(m.tracks)-1]
}

// special reads the boxes that need no decoder, and refuses those that would
// have theirs allocate more than the file is long. It reports those that are done with.
func (m *movie) special(name string, body []byte) (skip bool, err error) {
	t := m.track()
	switch name {
	case "trak":
		if len(m.tracks) == maxTracks {
			return true, errTracks
		}
		m.tracks = append(m.tracks, &track{})
	case "hdlr":
		return t.handler != "", nil // QuickTime puts another, for the place of the data, further down
	case "stsd":
		// Behind 8 bytes of the box itself the first entry begins: its size,
		// name, 24 bytes of other things, width and height. In a track without
		// pictures the last two are something else, and are not read.
		if t.codec == "" && len(body) >= 44 {
			t.codec = string(body[12:16])
			t.width = int(binary.BigEndian.Uint16(body[40:]))
			t.height = int(binary.BigEndian.Uint16(body[42:]))
		}
	case "stts":
		if !holds(body, 8) {
			return true, errEntries
		}
	case "elst":
		if !holds(body, 12) {
			return true, errEntries
		}
	case "trun":
		switch {
		case m.fragment == nil:
			return true, nil
		case len(body) < 8:
			return true, errEntries
		case binary.BigEndian.Uint32(body)&mp4.TrunSampleDurationPresentFlag == 0:
			m.fragment.play(uint64(binary.BigEndian.Uint32(body[4:])), uint64(m.frame))
			return true, nil
		case !holds(body, 4):
			return true, errEntries
		}
	}
	return false, nil
}

var (
	errTracks  = fmt.Errorf("more than %d tracks", maxTracks)
	errEntries = errors.New("fewer entries than a box says")
)

// holds reports whether the body has room for as many entries of the size as it says.
func holds(body []byte, size uint64) bool {
	return len(body) >= 8 && uint64(binary.BigEndian.Uint32(body[4:])) <= uint64(len(body)-8)/size
}

// tooManyUnits is more than six hours in any timescale.
const tooManyUnits = 1 << 50

// play adds n frames of the same duration; n*duration must fit. Past any length
// that we take it stops counting, so that sums never wrap around.
func (t *track) play(n, duration uint64) {
	if units := n * duration; t.frames > tooManyUnits || units > tooManyUnits {
		t.frames = tooManyUnits + 1
	} else {
		t.frames += units
	}
}
