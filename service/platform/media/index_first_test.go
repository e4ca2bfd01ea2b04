package media

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"github.com/Eyevinn/mp4ff/mp4"
	"github.com/stretchr/testify/require"
)

// boxes are the boxes of the top level, in order.
func boxes(t testing.TB, file []byte) (names []string, parts [][]byte) {
	t.Helper()
	for len(file) > 0 {
		name, _, length, err := readHeader(bytes.NewReader(file), int64(len(file)))
		require.NoError(t, err)
		names, parts = append(names, name), append(parts, file[:length])
		file = file[length:]
	}
	return names, parts
}

// indexLast is a demo video as a camera would have written it, and the video
// as a player wants it.
func indexLast(t testing.TB) (camera, player []byte) {
	t.Helper()
	file := demo(t, "social-skills.mp4")
	names, parts := boxes(t, file)
	require.Equal(t, []string{"ftyp", "moov", "free", "mdat"}, names)
	decoded, err := mp4.DecodeFile(bytes.NewReader(file))
	require.NoError(t, err)
	encode := func() []byte {
		var moov bytes.Buffer
		require.NoError(t, decoded.Moov.Encode(&moov))
		require.Len(t, moov.Bytes(), len(parts[1]))
		return moov.Bytes()
	}
	player = slices.Concat(parts[0], parts[2], encode(), parts[3]) // the pictures stay where they are
	for _, trak := range decoded.Moov.Traks {
		for i := range trak.Mdia.Minf.Stbl.Stco.ChunkOffset {
			trak.Mdia.Minf.Stbl.Stco.ChunkOffset[i] -= uint32(len(parts[1]))
		}
	}
	return slices.Concat(parts[0], parts[2], parts[3], encode()), player
}

func moved(t testing.TB, file []byte) []byte {
	t.Helper()
	r, err := IndexFirst(bytes.NewReader(file))
	require.NoError(t, err)
	b, err := io.ReadAll(r)
	require.NoError(t, err)
	return b
}

func TestIndexComesToTheFront(t *testing.T) {
	t.Parallel()
	camera, player := indexLast(t)
	require.False(t, bytes.Equal(player, camera))
	require.True(t, bytes.Equal(player, moved(t, camera)), "byte for byte the file that begins at once")
	tail := []byte("TAG of another program")
	require.True(t, bytes.Equal(slices.Concat(player, tail), moved(t, slices.Concat(camera, tail))), "and what stands behind it")

	toEnd := bytes.Clone(camera)
	copy(toEnd[len(camera)-len(split(t, camera)["moov"]):], u32(0))
	require.True(t, bytes.Equal(player, moved(t, toEnd)), "an index that says it goes on to the end")

	r, err := IndexFirst(bytes.NewReader(camera))
	require.NoError(t, err)
	for _, at := range []int64{0, 30, int64(len(player)) - 100} { // as a store or a player seeks in it
		_, err := r.Seek(at, io.SeekStart)
		require.NoError(t, err)
		b := make([]byte, 100)
		n, err := io.ReadFull(r, b)
		require.NoError(t, err)
		require.Equal(t, player[at:at+100], b[:n])
	}
}

func TestOtherFilesStayAsTheyAre(t *testing.T) {
	t.Parallel()
	camera, player := indexLast(t)
	for name, file := range map[string][]byte{
		"in order": player, "fragments": fragmented(t, 3), "empty": nil, "no video": []byte("GIF89a and so on"),
		"cut off": camera[:len(camera)-5], "no pictures": movieFile(trak(1, "vide", 25, 0, 50, 1)),
		"tables that lie": slices.Concat(box("mdat"), box("moov", box("trak", box("mdia", box("minf", box("stbl", box("stco", u32(0, math.MaxUint32)))))))),
	} {
		require.True(t, bytes.Equal(file, moved(t, file)), name)
	}
}

// tables is a file of so many bytes of pictures with its chunks behind the
// offset, as a sparse file.
func tables(t *testing.T, pictures uint64, table []byte) *os.File {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "large.mp4"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, f.Close()) })
	_, err = f.Write(slices.Concat(u32(1), []byte("mdat"), binary.BigEndian.AppendUint64(nil, pictures)))
	require.NoError(t, err)
	_, err = f.WriteAt(box("moov", box("trak", box("mdia", box("minf", box("stbl", table))))), int64(pictures))
	require.NoError(t, err)
	return f
}

func TestIndexOfALargeFileTakesLittleMemory(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r, err := IndexFirst(tables(t, 5<<30, box("co64", u32(0, 1, 1, 20))))
	require.NoError(t, err)
	head := make([]byte, 72)
	_, err = io.ReadFull(r, head)
	require.NoError(t, err)
	require.Equal(t, "moov", string(head[4:8]))
	require.Equal(t, uint64(1<<32+20+64), binary.BigEndian.Uint64(head[56:]))
	require.Equal(t, "mdat", string(head[68:]))

	_, err = IndexFirst(tables(t, 4<<30, box("stco", u32(0, 1, math.MaxUint32-30))))
	require.ErrorIs(t, err, errIndexLast)
	runtime.ReadMemStats(&after)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20))
}

func TestIndexFirstDoesNotBlameTheFileForTheDisk(t *testing.T) {
	t.Parallel()
	camera, _ := indexLast(t)
	_, err := IndexFirst(brokenFile{bytes.NewReader(camera)})
	require.ErrorIs(t, err, errDisk)
}

type brokenFile struct{ *bytes.Reader }

func (brokenFile) ReadAt([]byte, int64) (int, error) { return 0, errDisk }

func FuzzIndexFirst(f *testing.F) {
	f.Add(slices.Concat(box("ftyp"), box("mdat", make([]byte, 20)), movieFile(box("trak", box("mdia", box("minf", box("stbl", box("stco", u32(0, 1, 12)))))))))
	f.Add(slices.Concat(box("mdat"), u32(0), []byte("moov")))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := IndexFirst(bytes.NewReader(b))
		if err != nil {
			require.ErrorIs(t, err, errIndexLast)
			return
		}
		out, err := io.ReadAll(r)
		require.NoError(t, err)
		require.Len(t, out, len(b))
	})
}
