package org

import (
	"bytes"
	"compress/gzip"
	"encoding/gob"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/org/rosterfile"
)

// What a file says is kept from the preview until it is applied or discarded:
// its clean rows, and what the preview shows of pupils. What was before an applied
// import is kept as long as it can be undone. All is packed and sealed in pieces that every database's limit on
// the size of a statement allows.

const (
	fieldContent = "roster_import_parts.content"
	partBytes    = 1 << 20
)

// What is kept of an import begins at these pieces.
const (
	rowsPart   = 0         // the rows, until it is applied or dropped
	reviewPart = 1_000_000 // what the preview shows of pupils, as long
	undoPart   = 2_000_000 // what was before, as long as it can be undone
	endPart    = 3_000_000
)

// contentField ties a piece to its place among the pieces.
func contentField(part int) string { return fmt.Sprintf("%s.%d", fieldContent, part) }

// sealParts packs a value into the pieces to store, from the first on.
func (s *Service) sealParts(id model.ID, first int, value any) ([]model.RosterImportPart, error) {
	var b bytes.Buffer
	packed, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	if err := gob.NewEncoder(packed).Encode(value); err != nil {
		return nil, fmt.Errorf("pack roster import: %w", err)
	}
	if err := packed.Close(); err != nil {
		return nil, fmt.Errorf("pack roster import: %w", err)
	}
	var parts []model.RosterImportPart
	for piece := range slices.Chunk(b.Bytes(), partBytes) {
		part := first + len(parts)
		sealed, err := s.vault.Seal(contentField(part), id, string(piece))
		if err != nil {
			return nil, err
		}
		parts = append(parts, model.RosterImportPart{ImportID: id, Part: part, Content: sealed})
	}
	return parts, nil
}

// openParts reads back what sealParts packed from the first piece on; the value
// stays as it is where there is nothing.
func (s *Service) openParts(db *gorm.DB, id model.ID, first int, value any) error {
	var parts []model.RosterImportPart
	if err := db.Where("import_id = ? AND part >= ? AND part < ?", id, first, first+reviewPart).Order("part").Find(&parts).Error; err != nil || len(parts) == 0 {
		return err
	}
	var b strings.Builder
	for _, part := range parts {
		piece, err := s.vault.Unseal(contentField(part.Part), id, part.Content)
		if err != nil {
			return err
		}
		b.WriteString(piece)
	}
	packed, err := gzip.NewReader(strings.NewReader(b.String()))
	if err != nil {
		return fmt.Errorf("unpack roster import: %w", err)
	}
	if err := gob.NewDecoder(packed).Decode(value); err != nil {
		return fmt.Errorf("unpack roster import: %w", err)
	}
	return packed.Close()
}

// openRows reads back the rows of the file.
func (s *Service) openRows(db *gorm.DB, id model.ID) (rows []rosterfile.Row, err error) {
	err = s.openParts(db, id, rowsPart, &rows)
	return rows, err
}

// insertParts stores pieces, a statement each: a database may refuse long ones.
func insertParts(tx *gorm.DB, parts []model.RosterImportPart) error {
	for i := range parts {
		if err := tx.Create(&parts[i]).Error; err != nil {
			return err
		}
	}
	return nil
}

// dropContent deletes what the import's file said.
func dropContent(tx *gorm.DB, id model.ID) error {
	return tx.Where("import_id = ? AND part < ?", id, undoPart).Delete(&model.RosterImportPart{}).Error
}
