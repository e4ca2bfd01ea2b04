package main

import (
	"context"
	"fmt"

	"xinyu/service"
	"xinyu/service/platform/vault"
)

// matchKeyset refuses to go on with other encryption keys than those that the
// database's data was sealed and hashed with: nothing sealed could be opened,
// and a roster would find none of its pupils by their numbers.
func matchKeyset(ctx context.Context, a *app) error {
	switch ok, err := a.vault.Matches(ctx, a.store); {
	case err != nil || ok:
		return err
	case a.cfg.Keyset == "":
		return settingError("XINYU_KEYSET", "the file keyset in XINYU_DATA_DIR holds other keys than the database's data was sealed with")
	}
	return settingError("XINYU_KEYSET", "these are other keys than the database's data was sealed with")
}

// newKeyset prints fresh encryption keys.
func newKeyset(_ context.Context, inv invocation) error {
	if err := inv.noFlags("keyset new"); err != nil {
		return err
	}
	text, err := vault.Generate()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(inv.stdout, text)
	return err
}

// addKey prints the present keyset with one more key.
func addKey(_ context.Context, inv invocation) error {
	if err := inv.noFlags("keyset add-key"); err != nil {
		return err
	}
	text, err := vault.AddKey(inv.env["XINYU_KEYSET"])
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(inv.stdout, text)
	return err
}

// rotateKeys seals all that older keys of the keyset sealed with its newest.
func rotateKeys(ctx context.Context, inv invocation) error {
	a, err := openSealed(ctx, inv, "keyset rotate")
	if err != nil {
		return err
	}
	defer a.close()
	n, err := a.vault.Reseal(ctx, a.store, service.SealedColumns())
	if err != nil {
		return fmt.Errorf("after %d values: %w", n, err)
	}
	_, err = fmt.Fprintf(inv.stdout, "resealed=%d\n", n)
	return err
}

// dropOldKeys prints the keyset without the keys that nothing needs any more.
func dropOldKeys(ctx context.Context, inv invocation) error {
	a, err := openSealed(ctx, inv, "keyset drop-old")
	if err != nil {
		return err
	}
	defer a.close()
	switch n, err := a.vault.Outdated(ctx, a.store, service.SealedColumns()); {
	case err != nil:
		return err
	case n > 0:
		return fmt.Errorf("%d values still need an older key: run `xinyu keyset rotate` first", n)
	}
	text, err := vault.DropOldKeys(a.cfg.Keyset)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(inv.stdout, text)
	return err
}

// openSealed opens the database with the keys of XINYU_KEYSET.
func openSealed(ctx context.Context, inv invocation, name string) (*app, error) {
	if err := inv.noFlags(name); err != nil {
		return nil, err
	}
	cfg, err := loadConfig(inv.env)
	if err != nil {
		return nil, err
	}
	if cfg.Keyset == "" {
		return nil, settingError("XINYU_KEYSET", "missing: keys in a file of the data directory are not rotated")
	}
	return openApp(ctx, cfg, openStore, openVault, matchKeyset)
}
