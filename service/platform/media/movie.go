package media

import (
	"bytes"
	"encoding/binary"
	"fmt"
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
}

type track struct {
	id            uint32
	handler       string // "vide" for pictures
	timescale     uint32 // units a second of frames
	frames        uint64 // durations of all frames added up
	shown         uint64 // as the edit list has it, in the movie's timescale; 0 = all
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

func (m *movie) info() (VideoInfo, error) {
	t := m.picture()
	if t == nil || t.codec == "" {
		return VideoInfo{}, errNoPicture
	}
	if t.width == 0 || t.height == 0 || t.timescale == 0 {
		return VideoInfo{}, errUnreadable
	}
	d := span(t.frames, t.timescale)
	// Whoever trims a video on a phone may leave the frames in the file and say
	// only that they aren't shown.
	if cut := span(t.shown, m.timescale); !m.fragments && cut > 0 && cut < d {
		d = cut
	}
	switch {
	case d <= 0:
		return VideoInfo{}, errNoDuration
	case d > MaxDuration:
		return VideoInfo{}, errTooLong
	}
	return VideoInfo{Duration: d, Width: t.width, Height: t.height, Codec: t.codec}, nil
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
		err = m.walk(body, 0, m.index)
	case name == "moof" && m.defaults != nil:
		m.fragments = true
		f := fragment{movie: m}
		err = m.walk(body, 0, f.box)
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

// walk visits all boxes in b, down into those that hold others of interest.
func (m *movie) walk(b []byte, depth int, visit func(name string, body []byte) error) error {
	for len(b) > 0 {
		name, head, length, err := readHeader(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return err
		}
		body := b[head:length]
		if err := visit(name, body); err != nil {
			return err
		}
		switch name {
		case "trak", "mdia", "minf", "stbl", "mvex", "traf":
			if depth == maxDepth {
				return fmt.Errorf("%s nested too deep", name)
			}
			if err := m.walk(body, depth+1, visit); err != nil {
				return err
			}
		}
		b = b[length:]
	}
	return nil
}

// index takes what we need from a box below moov.
func (m *movie) index(name string, body []byte) error {
	switch name {
	case "mvhd":
		box, err := decode[*mp4.MvhdBox](mp4.DecodeMvhdSR, name, body)
		if err != nil {
			return err
		}
		m.timescale = box.Timescale
		return nil
	case "trex":
		box, err := decode[*mp4.TrexBox](mp4.DecodeTrexSR, name, body)
		if err != nil {
			return err
		}
		if len(m.defaults) == maxTracks {
			return fmt.Errorf("more than %d tracks", maxTracks)
		}
		m.defaults[box.TrackID] = box.DefaultSampleDuration
		return nil
	case "trak":
		if len(m.tracks) == maxTracks {
			return fmt.Errorf("more than %d tracks", maxTracks)
		}
		m.tracks = append(m.tracks, &track{})
		return nil
	}
	if len(m.tracks) == 0 {
		return nil
	}
	return m.tracks[len(m.tracks)-1].box(name, body)
}

// box takes what we need from a box below trak.
func (t *track) box(name string, body []byte) error {
	switch name {
	case "tkhd":
		box, err := decode[*mp4.TkhdBox](mp4.DecodeTkhdSR, name, body)
		if err != nil {
			return err
		}
		t.id, t.shown = box.TrackID, box.Duration
	case "mdhd":
		box, err := decode[*mp4.MdhdBox](mp4.DecodeMdhdSR, name, body)
		if err != nil {
			return err
		}
		t.timescale = box.Timescale
	case "hdlr":
		if t.handler != "" { // QuickTime puts another, for the place of the data, further down
			return nil
		}
		box, err := decode[*mp4.HdlrBox](mp4.DecodeHdlrSR, name, body)
		if err != nil {
			return err
		}
		t.handler = box.HandlerType
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
		if len(body) < 8 || uint64(binary.BigEndian.Uint32(body[4:])) > uint64(len(body)-8)/8 {
			return fmt.Errorf("stts holds fewer entries than it says")
		}
		box, err := decode[*mp4.SttsBox](mp4.DecodeSttsSR, name, body)
		if err != nil {
			return err
		}
		for i, n := range box.SampleCount {
			t.play(uint64(n), uint64(box.SampleTimeDelta[i]))
		}
	}
	return nil
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

// fragment adds up the frames of the picture track in a moof.
type fragment struct {
	movie    *movie
	track    *track // of the traf being read; nil where it isn't the picture
	duration uint32 // of a frame that doesn't say
}

func (f *fragment) box(name string, body []byte) error {
	switch name {
	case "tfhd":
		box, err := decode[*mp4.TfhdBox](mp4.DecodeTfhdSR, name, body)
		if err != nil {
			return err
		}
		f.track, f.duration = nil, f.movie.defaults[box.TrackID]
		if box.HasDefaultSampleDuration() {
			f.duration = box.DefaultSampleDuration
		}
		if t := f.movie.picture(); t != nil && t.id == box.TrackID {
			f.track = t
		}
	case "trun":
		if f.track == nil {
			return nil
		}
		if len(body) < 8 {
			return fmt.Errorf("trun too short")
		}
		n := binary.BigEndian.Uint32(body[4:])
		if binary.BigEndian.Uint32(body)&mp4.TrunSampleDurationPresentFlag == 0 {
			f.track.play(uint64(n), uint64(f.duration))
			return nil
		}
		if uint64(n) > uint64(len(body)-8)/4 {
			return fmt.Errorf("trun holds fewer frames than it says")
		}
		box, err := decode[*mp4.TrunBox](mp4.DecodeTrunSR, name, body)
		if err != nil {
			return err
		}
		f.track.play(1, box.Duration(0))
	}
	return nil
}

// decode is the box of the name with the body.
func decode[T mp4.Box](dec func(mp4.BoxHeader, uint64, bits.SliceReader) (mp4.Box, error), name string, body []byte) (T, error) {
	var zero T
	box, err := dec(mp4.BoxHeader{Name: name, Size: uint64(len(body)) + 8, Hdrlen: 8}, 0, bits.NewFixedSliceReader(body))
	if err != nil {
		return zero, fmt.Errorf("decode %s: %w", name, err)
	}
	t, ok := box.(T)
	if !ok {
		return zero, fmt.Errorf("decode %s: got %T", name, box)
	}
	return t, nil
}
