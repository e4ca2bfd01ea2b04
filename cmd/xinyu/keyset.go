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
	if err := inv.noFlags(); err != nil {
		return err
	}
	return inv.print(vault.Generate())
}

// addKey prints the present keyset with one more key.
func addKey(_ context.Context, inv invocation) error {
	if err := inv.noFlags(); err != nil {
		return err
	}
	return inv.print(vault.AddKey(inv.env["XINYU_KEYSET"]))
}

// rotateKeys seals all that older keys of the keyset sealed with its newest.
func rotateKeys(ctx context.Context, inv invocation) error {
	a, err := openSealed(ctx, inv)
	if err != nil {
		return err
	}
	defer a.close()
	n, err := a.vault.Reseal(ctx, a.store, service.SealedColumns())
	if err != nil {
		return fmt.Errorf("after %d values: %w", n, err)
	}
	return inv.print(fmt.Sprintf("resealed=%d", n), nil)
}

// dropOldKeys prints the keyset without the keys that nothing needs any more.
func dropOldKeys(ctx context.Context, inv invocation) error {
	a, err := openSealed(ctx, inv)
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
	return inv.print(vault.DropOldKeys(a.cfg.Keyset))
}

// openSealed opens the database with the keys of XINYU_KEYSET.
func openSealed(ctx context.Context, inv invocation) (*app, error) {
	cfg, err := inv.config()
	if err != nil {
		return nil, err
	}
	if cfg.Keyset == "" {
		return nil, settingError("XINYU_KEYSET", "missing: keys in a file of the data directory are not rotated")
	}
	return openApp(ctx, cfg, openStore, openVault, matchKeyset)
}
