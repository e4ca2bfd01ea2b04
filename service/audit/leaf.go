package audit

import (
	"encoding/binary"

	"xinyu/model"
)

// leafVersion is the first byte of what is hashed of an entry. Another form of
// entries needs another version.
const leafVersion = 1

// leafData appends the bytes of an entry that its leaf is the hash of: the
// version, then each column in the order of the struct. Numbers have eight
// bytes, the greatest first; the time is in milliseconds since 1970 in UTC;
// texts have their length before them; a truth is one byte. The salt comes last.
func leafData(b []byte, e *model.AuditEntry) []byte {
	number := func(n int64) { b = binary.BigEndian.AppendUint64(b, uint64(n)) }
	text := func(s string) { b = append(binary.AppendUvarint(b, uint64(len(s))), s...) }
	b = append(b, leafVersion)
	number(int64(e.ID))
	number(e.At.UnixMilli())
	number(int64(e.ActorID))
	text(string(e.ActorRole))
	number(int64(e.TokenID))
	text(string(e.Action))
	text(string(e.Subject))
	number(int64(e.SubjectID))
	number(int64(e.PupilID))
	number(int64(e.UnitID))
	text(string(e.Purpose))
	if e.Withheld {
		b = append(b, 1)
	} else {
		b = append(b, 0)
	}
	text(e.Operation)
	text(e.Address)
	return append(b, e.Salt...)
}
