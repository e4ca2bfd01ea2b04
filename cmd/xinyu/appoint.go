package main

import (
	"context"
	"flag"
	"fmt"

	"xinyu/service/audit"
	"xinyu/service/counsel"
	"xinyu/service/identity"
)

// appoint makes the first manager of a county, who then appoints all others.
func appoint(ctx context.Context, inv invocation) error {
	var county, invite, name string
	err := inv.parse(func(f *flag.FlagSet) {
		f.StringVar(&county, "county", "", "the `NAME` of the county")
		f.StringVar(&invite, "invite", "", "the invite `CODE` of the person who has logged in (POST /api/v1/me/invite-code), good for ten minutes")
		f.StringVar(&name, "name", "", "the `NAME` by which others see the person")
	})
	if err != nil {
		return err
	}
	if county == "" || invite == "" || name == "" {
		return fmt.Errorf("appoint needs -county, -invite and -name: %w", errUsage)
	}
	cfg, err := loadConfig(inv.env)
	if err != nil {
		return err
	}
	a, err := openApp(ctx, cfg, openStore, openCache, openVault, matchKeyset)
	if err != nil {
		return err
	}
	defer a.close()
	_, err = identity.Appoint(ctx, a.store, a.cache, audit.New(a.store, a.vault, identity.Directory{}, counsel.MadeBy), county, invite, name)
	return inv.print(fmt.Sprintf("%s manages %s now.", name, county), inWords(err))
}
