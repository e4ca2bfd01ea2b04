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
// its clean rows, packed and sealed in pieces that every database's limit on
// the size of a statement allows.

const (
	fieldContent = "roster_import_parts.content"
	partBytes    = 1 << 20
)

// contentField ties a piece to its place among the pieces.
func contentField(part int) string { return fmt.Sprintf("%s.%d", fieldContent, part) }

// sealRows packs rows into the pieces to store.
func (s *Service) sealRows(id model.ID, rows []rosterfile.Row) ([]model.RosterImportPart, error) {
	var b bytes.Buffer
	packed, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	if err := gob.NewEncoder(packed).Encode(rows); err != nil {
		return nil, fmt.Errorf("pack roster rows: %w", err)
	}
	if err := packed.Close(); err != nil {
		return nil, fmt.Errorf("pack roster rows: %w", err)
	}
	var parts []model.RosterImportPart
	for piece := range slices.Chunk(b.Bytes(), partBytes) {
		sealed, err := s.vault.Seal(contentField(len(parts)), id, string(piece))
		if err != nil {
			return nil, err
		}
		parts = append(parts, model.RosterImportPart{ImportID: id, Part: len(parts), Content: sealed})
	}
	return parts, nil
}

// openRows reads back what sealRows packed.
func (s *Service) openRows(db *gorm.DB, id model.ID) ([]rosterfile.Row, error) {
	var parts []model.RosterImportPart
	if err := db.Where("import_id = ?", id).Order("part").Find(&parts).Error; err != nil {
		return nil, err
	}
	var b strings.Builder
	for i, part := range parts {
		piece, err := s.vault.Unseal(contentField(i), id, part.Content)
		if err != nil {
			return nil, err
		}
		b.WriteString(piece)
	}
	packed, err := gzip.NewReader(strings.NewReader(b.String()))
	if err != nil {
		return nil, fmt.Errorf("unpack roster rows: %w", err)
	}
	var rows []rosterfile.Row
	if err := gob.NewDecoder(packed).Decode(&rows); err != nil {
		return nil, fmt.Errorf("unpack roster rows: %w", err)
	}
	return rows, packed.Close()
}

// dropContent deletes what the import's file said.
func dropContent(tx *gorm.DB, id model.ID) error {
	return tx.Where("import_id = ?", id).Delete(&model.RosterImportPart{}).Error
}
