package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"

	"xinyu/service/audit"
	"xinyu/service/counsel"
	"xinyu/service/identity"
)

// errAuditChanged ends `audit verify` where something was changed; what it is has been printed.
var errAuditChanged = errors.New("the audit log is not as it was written")

// verifyAudit compares the audit log with its tree and its checkpoints. It may
// run while the system does.
func verifyAudit(ctx context.Context, inv invocation) error {
	var file string
	if err := inv.parse(func(f *flag.FlagSet) {
		f.StringVar(&file, "against", "", "a `FILE` with a checkpoint that was kept outside the database: without one, a log that was cut off together with its checkpoints looks whole")
	}); err != nil {
		return err
	}
	var against []byte
	if file != "" {
		var err error
		if against, err = os.ReadFile(file); err != nil {
			return fmt.Errorf("-against: %s", cause(err))
		}
		if len(against) == 0 {
			return errors.New("-against: the file is empty")
		}
	}
	log, done, err := openAudit(ctx, inv)
	if err != nil {
		return err
	}
	defer done()
	v, err := log.Verify(ctx, string(against))
	if err != nil {
		return fmt.Errorf("audit verify: %w", err)
	}
	for _, fault := range v.Faults {
		if err := inv.print(fault, nil); err != nil {
			return err
		}
	}
	err = inv.print(fmt.Sprintf("entries=%d waiting=%d faults=%d root=%s", v.Size, v.Waiting, v.Total, v.Root), nil)
	if v.Total > 0 {
		return errAuditChanged
	}
	return err
}

// auditCheckpoint prints the newest checkpoint, to be kept outside the database.
func auditCheckpoint(ctx context.Context, inv invocation) error {
	if err := inv.noFlags(); err != nil {
		return err
	}
	log, done, err := openAudit(ctx, inv)
	if err != nil {
		return err
	}
	defer done()
	c, err := log.Checkpoint(ctx)
	if err != nil {
		return inWords(err)
	}
	_, err = fmt.Fprint(inv.stdout, c.Note)
	return err
}

// openAudit opens the audit log.
func openAudit(ctx context.Context, inv invocation) (*audit.Log, func(), error) {
	cfg, err := loadConfig(inv.env)
	if err != nil {
		return nil, nil, err
	}
	a, err := openApp(ctx, cfg, openStore, openVault)
	if err != nil {
		return nil, nil, err
	}
	return audit.New(a.store, a.vault, identity.Directory{}, counsel.MadeBy), a.close, nil
}
