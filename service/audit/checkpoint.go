package audit

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/vault"
)

// origin is the first line of a checkpoint and the name of its key.
const origin = "xinyu/audit"

// Checkpoint is a signed statement that the log has so many entries, with that
// root. Its text is a checkpoint as C2SP's tlog-checkpoint defines it.
type Checkpoint struct {
	Note string `json:"note" doc:"The signed note, as C2SP tlog-checkpoint defines it: keep it outside the system, and verify the log against it later"`
	Key  string `json:"key" doc:"The key by which the note can be verified, as golang.org/x/mod/sumdb/note has it"`
	Size int64  `json:"size" doc:"How many entries it covers, of the whole installation"`
}

var errNoCheckpoint = model.NotFound("checkpoint")

// Checkpoint returns the newest checkpoint, for who runs the system.
func (l *Log) Checkpoint(ctx context.Context) (Checkpoint, error) {
	return l.viewOf(latest(l.store.Read(ctx)))
}

// HandedOut returns the checkpoint with which the last day ended that has one, today
// not counted. It is for every member of staff, of any county: the more of them keep
// one, the less can be changed unseen. The newest would tell them of each entry of the
// whole installation when it was written, and so when an alert came.
func (l *Log) HandedOut(ctx context.Context) (Checkpoint, error) {
	return l.viewOf(l.handedOut(l.store.Read(ctx)))
}

func (l *Log) viewOf(row model.AuditCheckpoint, err error) (Checkpoint, error) {
	if err == nil && row.Note == "" {
		err = errNoCheckpoint
	}
	if err != nil {
		return Checkpoint{}, err
	}
	return l.view(row), nil
}

// handedOut returns the last checkpoint of the days before today; the zero one where there is none.
func (l *Log) handedOut(db *gorm.DB) (model.AuditCheckpoint, error) {
	return latest(db.Where("day < ?", model.DateOf(l.store.Now())))
}

func (l *Log) view(row model.AuditCheckpoint) Checkpoint {
	return Checkpoint{Note: row.Note, Key: l.key.public, Size: row.Size}
}

// latest returns the newest checkpoint of those that db keeps; the zero one where there is none.
func latest(db *gorm.DB) (model.AuditCheckpoint, error) {
	var row model.AuditCheckpoint
	err := db.Order("size DESC").Limit(1).Find(&row).Error
	return row, err
}

// checkpointKey signs checkpoints and verifies them.
type checkpointKey struct {
	private  ed25519.PrivateKey
	public   string
	verifier note.Verifier
}

func newCheckpointKey(v *vault.Vault) checkpointKey {
	private := ed25519.NewKeyFromSeed(v.MAC("audit checkpoint", nil))
	public, err := note.NewEd25519VerifierKey(origin, private.Public().(ed25519.PublicKey))
	if err != nil {
		panic(err) // the name is a constant and the key's length is right
	}
	verifier, err := note.NewVerifier(public)
	if err != nil {
		panic(err)
	}
	return checkpointKey{private: private, public: public, verifier: verifier}
}

// Name, KeyHash and Sign make the key a note.Signer.
func (k checkpointKey) Name() string                    { return k.verifier.Name() }
func (k checkpointKey) KeyHash() uint32                 { return k.verifier.KeyHash() }
func (k checkpointKey) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(k.private, msg), nil }

// sign makes the checkpoint of the tree.
func (k checkpointKey) sign(tree tlog.Tree) (string, error) {
	text := fmt.Sprintf("%s\n%d\n%s\n", origin, tree.N, tree.Hash)
	signed, err := note.Sign(&note.Note{Text: text}, k)
	return string(signed), err
}

var errForeignCheckpoint = errors.New("the checkpoint is not one that this system signed")

// open verifies a checkpoint and returns the tree that it states.
func (k checkpointKey) open(signed string) (tlog.Tree, error) {
	n, err := note.Open([]byte(signed), note.VerifierList(k.verifier))
	if err != nil {
		return tlog.Tree{}, errForeignCheckpoint
	}
	lines := strings.Split(n.Text, "\n")
	if len(lines) < 3 || lines[0] != origin {
		return tlog.Tree{}, errForeignCheckpoint
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	root, decodeErr := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || decodeErr != nil || size < 0 || len(root) != tlog.HashSize {
		return tlog.Tree{}, errForeignCheckpoint
	}
	return tlog.Tree{N: size, Hash: tlog.Hash(root)}, nil
}
