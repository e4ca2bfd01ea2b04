package media

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/Eyevinn/mp4ff/mp4"
	"github.com/stretchr/testify/require"

	"xinyu/model"
)

const demoDir = "../../../cmd/xinyu/demo/media"

func demo(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(demoDir, name))
	require.NoError(t, err)
	return b
}

// box is a box with the parts as its body.
func box(name string, parts ...[]byte) []byte {
	body := slices.Concat(parts...)
	return slices.Concat(u32(uint32(len(body)+8)), []byte(name), body)
}

func u32(values ...uint32) []byte {
	var b []byte
	for _, v := range values {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	return b
}

// trak is a track with the id, handler, timescale and stts entries (count, duration, …).
func trak(id uint32, handler string, timescale, shown uint32, stts ...uint32) []byte {
	entry := box("avc1", make([]byte, 24), []byte{2, 128, 1, 104}, make([]byte, 50)) // 640×360
	return box("trak",
		box("tkhd", u32(0, 0, 0, id, 0, shown), make([]byte, 60)),
		box("mdia",
			box("mdhd", u32(0, 0, 0, timescale, 7777, 0)), // a duration that is a lie
			box("hdlr", u32(0, 0), []byte(handler), make([]byte, 13)),
			box("minf", box("stbl",
				box("stsd", u32(0, 1), entry),
				box("stts", u32(0, uint32(len(stts)/2)), u32(stts...)),
			), box("hdlr", u32(0, 0), []byte("url "), make([]byte, 13)))))
}

// edited is the track with an edit list of entries (duration in thousandths of a
// second, where in the media it begins or none).
func edited(trak []byte, entries ...uint32) []byte {
	list := u32(0, uint32(len(entries)/2))
	for i := 0; i < len(entries); i += 2 {
		list = append(list, u32(entries[i], entries[i+1], 1<<16)...)
	}
	return box("trak", trak[8:], box("edts", box("elst", list)))
}

// none is where nothing of the media begins.
const none = math.MaxUint32

func movieFile(parts ...[]byte) []byte {
	mvhd := box("mvhd", u32(0, 0, 0, 1000, 7777), make([]byte, 80)) // 1000 units a second
	return slices.Concat(box("ftyp", []byte("isom"), u32(0)), box("moov", mvhd, slices.Concat(parts...)))
}

func video(d time.Duration) VideoInfo {
	return VideoInfo{Duration: d, Width: 640, Height: 360, Codec: "avc1"}
}

func TestProbeReadsRealVideos(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]time.Duration{
		"social-skills.mp4":         20 * time.Second,
		"raising-resilience.mp4":    20 * time.Second,
		"knowing-feelings.mp4":      60 * time.Second,
		"listening-to-children.mp4": 90 * time.Second,
	} {
		got, err := Probe(bytes.NewReader(demo(t, name)))
		require.NoError(t, err, name)
		require.Equal(t, video(want), got, name)
	}
}

// fragmented is a video of seconds fragments of one second, the odd ones with
// a duration for each frame and the even ones with that of the track.
func fragmented(t testing.TB, seconds int) []byte {
	t.Helper()
	init := mp4.CreateEmptyInit()
	init.AddEmptyTrack(48000, "audio", "zh")
	init.AddEmptyTrack(12800, "video", "zh")
	picture := init.Moov.Traks[1]
	picture.Mdia.Minf.Stbl.Stsd.AddChild(mp4.CreateVisualSampleEntryBox("avc1", 640, 360, &mp4.BtrtBox{}))
	init.Moov.Mvex.Trexs[1].DefaultSampleDuration = 512
	var b bytes.Buffer
	require.NoError(t, init.Encode(&b))
	for i := range seconds {
		frag, err := mp4.CreateMultiTrackFragment(uint32(i+1), []uint32{1, 2})
		require.NoError(t, err)
		for n := range 25 {
			frame := mp4.FullSample{Sample: mp4.NewSample(0, 512, 3, 0), DecodeTime: uint64(i*25+n) * 512, Data: []byte("abc")}
			require.NoError(t, frag.AddFullSampleToTrack(frame, 2))
			frame.Dur = 48000 / 25
			require.NoError(t, frag.AddFullSampleToTrack(frame, 1))
		}
		if i%2 == 0 {
			frag.Moof.Trafs[1].Trun.Flags &^= mp4.TrunSampleDurationPresentFlag
		}
		require.NoError(t, frag.Encode(&b))
	}
	return b.Bytes()
}

func TestProbeAddsUpFragments(t *testing.T) {
	t.Parallel()
	got, err := Probe(bytes.NewReader(fragmented(t, 7)))
	require.NoError(t, err)
	require.Equal(t, video(7*time.Second), got)
}

func TestProbeAcceptsTheFormsThatVideosCome(t *testing.T) {
	t.Parallel()
	plain := movieFile(trak(1, "vide", 25, 0, 50, 1))
	large := slices.Concat(u32(1), []byte("mdat"), binary.BigEndian.AppendUint64(nil, 20), u32(0))
	toEnd := slices.Concat(u32(0), []byte("mdat"), []byte("all the rest"))
	var moovLast []byte
	for name, part := range split(t, demo(t, "social-skills.mp4")) {
		if name != "moov" {
			moovLast = append(moovLast, part...)
		}
	}
	moovLast = append(moovLast, split(t, demo(t, "social-skills.mp4"))["moov"]...)
	for name, c := range map[string]struct {
		file []byte
		want time.Duration
	}{
		"index last":              {moovLast, 20 * time.Second},
		"box with a long size":    {slices.Concat(large, plain), 2 * time.Second},
		"box to the end":          {slices.Concat(plain, toEnd), 2 * time.Second},
		"sound first":             {movieFile(trak(1, "soun", 25, 0, 40, 1), trak(2, "vide", 25, 0, 50, 1)), 2 * time.Second},
		"sound goes on":           {movieFile(trak(1, "vide", 25, 0, 50, 1), trak(2, "soun", 1000, 0, 2750, 1)), 2750 * time.Millisecond},
		"texts go on":             {movieFile(trak(1, "vide", 25, 0, 50, 1), trak(2, "text", 1000, 0, 2750, 1)), 2 * time.Second},
		"trimmed":                 {movieFile(edited(trak(1, "vide", 25, 2000, 50, 1), 1500, 10)), 1500 * time.Millisecond},
		"trimmed in the middle":   {movieFile(edited(trak(1, "vide", 25, 0, 50, 1), 500, 0, 700, 30)), 1200 * time.Millisecond},
		"sound trimmed too":       {movieFile(edited(trak(1, "vide", 25, 0, 50, 1), 1500, 10), edited(trak(2, "soun", 25, 0, 50, 1), 1600, 10)), 1600 * time.Millisecond},
		"begins later":            {movieFile(edited(trak(1, "vide", 25, 0, 50, 1), 250, none, 2000, 0)), 2250 * time.Millisecond},
		"edit of all":             {movieFile(edited(trak(1, "vide", 25, 1, 50, 1), 0, 1)), 2 * time.Second},
		"edit longer than it all": {movieFile(edited(trak(1, "vide", 25, 0, 50, 1), 9000, 0)), 2 * time.Second},
		"fragments begin later":   {slices.Concat(movieFile(edited(trak(1, "vide", 25, 0, 50, 1), 250, none, 2000, 0)), box("moof", box("traf", box("tfhd", u32(8, 1, 25)), box("trun", u32(0, 1))))), 3250 * time.Millisecond},
		"a few bytes behind":      {slices.Concat(plain, box("mdat"), []byte{0, 0, 0}), 2 * time.Second},
		"something else behind":   {slices.Concat(plain, box("mdat"), []byte("TAG of another program")), 2 * time.Second},
		"half a note behind":      {slices.Concat(plain, box("mdat"), box("udta", make([]byte, 100))[:50]), 2 * time.Second},
		"half a long note behind": {slices.Concat(plain, box("mdat"), u32(1), []byte("uuid"), u32(0)), 2 * time.Second},
		"variable frame rate":     {movieFile(trak(1, "vide", 1000, 0, 10, 40, 3, 200)), time.Second},
		"part of it is shown":     {movieFile(trak(1, "vide", 25, 1500, 50, 1)), 1500 * time.Millisecond},
		"shown is unknown":        {movieFile(trak(1, "vide", 25, math.MaxUint32, 50, 1)), 2 * time.Second},
		"exactly six hours":       {movieFile(trak(1, "vide", 25, 0, 6*3600*25, 1)), 6 * time.Hour},
		"greatest timescale":      {movieFile(trak(1, "vide", math.MaxUint32, 0, 3, math.MaxUint32)), 3 * time.Second},
		"second index ignored":    {slices.Concat(plain, movieFile(trak(1, "vide", 25, 0, 500, 1))), 2 * time.Second},
		"fragments behind frames": {slices.Concat(movieFile(trak(1, "vide", 25, 2000, 50, 1)), box("moof", box("traf", box("tfhd", u32(8, 1, 25)), box("trun", u32(0, 1))))), 3 * time.Second},
	} {
		got, err := Probe(bytes.NewReader(c.file))
		require.NoError(t, err, name)
		require.Equal(t, video(c.want), got, name)
	}
}

// split is the boxes of the top level by name.
func split(t *testing.T, file []byte) map[string][]byte {
	t.Helper()
	parts := map[string][]byte{}
	for len(file) > 0 {
		name, _, length, err := readHeader(bytes.NewReader(file), int64(len(file)))
		require.NoError(t, err)
		parts[name] = file[:length]
		file = file[length:]
	}
	require.Contains(t, parts, "moov")
	require.Contains(t, parts, "mdat")
	return parts
}

func TestProbeRefusesWhatIsNoVideo(t *testing.T) {
	t.Parallel()
	good := demo(t, "social-skills.mp4")
	stts := func(body ...uint32) []byte { return box("stts", u32(body...)) }
	var nested []byte
	for range 1000 {
		nested = box("mdia", nested)
	}
	moof := func(trun []byte) []byte {
		return slices.Concat(movieFile(trak(1, "vide", 25, 0)), box("moof", box("traf", box("tfhd", u32(0, 1)), trun)))
	}
	for name, c := range map[string]struct {
		file []byte
		want *model.Error
	}{
		"empty":                    {nil, errNoPicture},
		"text":                     {[]byte("this is certainly no video"), errUnreadable},
		"picture":                  {demo(t, "social-skills.jpg"), errUnreadable},
		"cut off":                  {good[:len(good)-1], errUnreadable},
		"cut in a header":          {good[:4], errUnreadable},
		"sound only":               {movieFile(trak(1, "soun", 25, 0, 50, 1)), errNoPicture},
		"no tracks":                {movieFile(), errNoPicture},
		"no frames":                {movieFile(trak(1, "vide", 25, 0)), errNoDuration},
		"frames without duration":  {movieFile(trak(1, "vide", 25, 0, 50, 0)), errNoDuration},
		"no timescale":             {movieFile(trak(1, "vide", 0, 0, 50, 1)), errUnreadable},
		"over six hours":           {movieFile(trak(1, "vide", 25, 0, 6*3600*25+1, 1)), errTooLong},
		"absurdly long":            {movieFile(trak(1, "vide", 1, 0, slices.Repeat([]uint32{math.MaxUint32}, 20)...)), errTooLong},
		"stts lies about entries":  {movieFile(box("trak", stts(0, math.MaxUint32, 1, 1))), errUnreadable},
		"trun lies about frames":   {moof(box("trun", u32(0x100, math.MaxUint32, 1))), errUnreadable},
		"trun without durations":   {moof(box("trun", u32(0, math.MaxUint32))), errNoDuration},
		"trun cut":                 {moof(box("trun", u32(0))), errUnreadable},
		"size below its header":    {u32(7, 0x6d6f6f76), errUnreadable},
		"size beyond the file":     {slices.Concat(u32(1), []byte("moov"), binary.BigEndian.AppendUint64(nil, math.MaxUint64)), errUnreadable},
		"nested too deep":          {slices.Concat(box("ftyp"), box("moov", nested)), errUnreadable},
		"too many tracks":          {movieFile(bytes.Repeat(box("trak"), maxTracks+1)), errUnreadable},
		"elst lies about entries":  {movieFile(box("trak", box("edts", box("elst", u32(0, math.MaxUint32, 1, 0, 0))))), errUnreadable},
		"played over six hours":    {movieFile(edited(trak(1, "vide", 1, 0, 3600, 1), slices.Repeat([]uint32{0, 0}, 7)...)), errTooLong},
		"delayed over six hours":   {movieFile(edited(trak(1, "vide", 25, 0, 50, 1), slices.Repeat([]uint32{math.MaxUint32, none}, 2000)...)), errTooLong},
		"sound over six hours":     {movieFile(trak(1, "vide", 25, 0, 50, 1), trak(2, "soun", 1, 0, 6*3600+1, 1)), errTooLong},
		"sound without pictures":   {movieFile(trak(1, "vide", 25, 0), trak(2, "soun", 25, 0, 50, 1)), errNoDuration},
		"pictures cut":             {slices.Concat(movieFile(trak(1, "vide", 25, 0, 50, 1)), box("mdat", make([]byte, 100))[:50]), errUnreadable},
		"pictures cut in fragment": {slices.Concat(movieFile(trak(1, "vide", 25, 0, 50, 1)), box("mdat"), box("moof", make([]byte, 100))[:50]), errUnreadable},
		"bytes before pictures":    {slices.Concat(movieFile(trak(1, "vide", 25, 0, 50, 1)), []byte{0, 0, 0}), errUnreadable},
		"bytes before the index":   {slices.Concat(box("mdat"), []byte("TAG of another program")), errUnreadable},
		"hdlr cut":                 {movieFile(box("trak", box("hdlr", u32(0)))), errUnreadable},
	} {
		_, err := Probe(bytes.NewReader(c.file))
		require.ErrorIs(t, err, c.want, name)
		require.Equal(t, model.KindInvalid, model.KindOf(err), name)
	}
}

// What only some phones play is refused, with a sentence that says what to do.
func TestProbeRefusesWhatNotAllPhonesPlay(t *testing.T) {
	t.Parallel()
	file := movieFile(trak(1, "vide", 25, 0, 50, 1))
	as := func(codec string) error {
		_, err := Probe(bytes.NewReader(bytes.ReplaceAll(file, []byte("avc1"), []byte(codec))))
		return err
	}
	require.NoError(t, as("avc3"))
	for codec, name := range map[string]string{
		"hvc1": "HEVC", "hev1": "HEVC", "dvh1": "杜比", "av01": "AV1", "mp4v": "MPEG-4 Part 2", "vp09": "VP9", "apch": "其他格式", "<b>!": "其他格式",
	} {
		var refused *model.Error
		require.ErrorAs(t, as(codec), &refused, codec)
		require.Equal(t, "video_codec", refused.Code, codec)
		require.Equal(t, "file", refused.Field, codec)
		require.Contains(t, refused.Message, name)
		require.Contains(t, refused.Message, "H.264（AVC）")
		require.NotContains(t, refused.Message, codec, "what was sent is not echoed")
	}
}

// A file of a few bytes must not make us take gigabytes, nor a large one make
// us read its pictures.
func TestProbeTakesLittleMemory(t *testing.T) {
	good := demo(t, "social-skills.mp4")
	sparse := func() io.ReadSeeker { // 4 GB of pictures in front of the index
		head := slices.Concat(u32(1), []byte("mdat"), binary.BigEndian.AppendUint64(nil, 4<<30+16))
		f, err := os.Create(filepath.Join(t.TempDir(), "large.mp4"))
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, f.Close()) })
		_, err = f.Write(head)
		require.NoError(t, err)
		_, err = f.WriteAt(split(t, good)["moov"], 4<<30+16)
		require.NoError(t, err)
		return f
	}()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got, err := Probe(sparse)
	require.NoError(t, err)
	require.Equal(t, video(20*time.Second), got)
	for _, lie := range [][]byte{
		movieFile(box("trak", box("mdia", box("stts", u32(0, math.MaxUint32))))),
		movieFile(box("trak", box("edts", box("elst", u32(0, math.MaxUint32))))),
		movieFile(box("trak", box("mdia", box("stsz", u32(0, 0, math.MaxUint32))))),
		slices.Concat(u32(60<<20), []byte("moov"), u32(0)),
	} {
		_, err := Probe(bytes.NewReader(lie))
		require.Error(t, err)
	}
	runtime.ReadMemStats(&after)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20))
}

type brokenReader struct{ io.ReadSeeker }

var errDisk = errors.New("disk fault")

func (brokenReader) Read([]byte) (int, error) { return 0, errDisk }

func TestReadFaultIsNotBlamedOnTheFile(t *testing.T) {
	t.Parallel()
	broken := brokenReader{bytes.NewReader(demo(t, "social-skills.mp4"))}
	_, err := Probe(broken)
	require.ErrorIs(t, err, errDisk)
	require.Equal(t, model.KindInternal, model.KindOf(err))
	_, err = Sniff(broken)
	require.ErrorIs(t, err, errDisk)
	require.Equal(t, model.KindInternal, model.KindOf(err))
}

func FuzzProbe(f *testing.F) {
	f.Add(fragmented(f, 2))
	f.Add(movieFile(trak(1, "vide", 25, 1500, 50, 1), trak(2, "soun", 25, 0, 50, 1)))
	f.Add(movieFile(edited(trak(1, "vide", 25, 0, 50, 1), 250, none, 2000, 0)))
	f.Add(movieFile(box("trak", box("hdlr", u32(0)))))
	f.Add(demo(f, "social-skills.mp4")[:20_000])
	f.Fuzz(func(t *testing.T, b []byte) {
		info, err := Probe(bytes.NewReader(b))
		if err != nil {
			require.Equal(t, model.KindInvalid, model.KindOf(err))
			return
		}
		require.Positive(t, info.Duration)
		require.LessOrEqual(t, info.Duration, MaxDuration)
		require.Positive(t, info.Width)
		require.Positive(t, info.Height)
	})
}
