package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"strings"

	"xinyu/miniprogram"
	"xinyu/service/platform/wechat"
)

// officialMenu is the menu of the official account. WeChat shows four
// characters of a name, seven in a list; a phone too old for the mini-program
// opens the same page in its browser.
func officialMenu(publicURL string) []wechat.MenuItem {
	item := func(name, page string) wechat.MenuItem {
		return wechat.MenuItem{Name: name, Page: page, URL: publicURL + miniprogram.Path + "#/" + page}
	}
	return []wechat.MenuItem{
		item("微课", "pages/lessons/index"),
		item("宣讲", "pages/lectures/index"),
		{Name: "更多", Items: []wechat.MenuItem{item("求助热线", "pages/help/index"), item("心理咨询", "pages/counsel/index"), item("工作台", "work/index")}},
	}
}

// wechatMenu sets or shows the official account's menu.
func wechatMenu(ctx context.Context, inv invocation) error {
	show := false
	err := inv.parse(func(f *flag.FlagSet) {
		f.BoolVar(&show, "show", false, "print the menu that is set, and change nothing")
	})
	if err != nil {
		return err
	}
	cfg, err := loadConfig(inv.env)
	if err != nil {
		return err
	}
	if cfg.OfficialAppID == "" {
		return settingError("XINYU_OFFICIAL_APP_ID", "missing: there is no official account to have a menu")
	}
	a, err := openApp(ctx, cfg, openCache, openWeChat, openOfficial)
	if err != nil {
		return err
	}
	defer a.close()
	return runMenu(ctx, a.official.client, a.official.publicURL, show, inv.stdout)
}

// runMenu sets the menu, unless it is only to be shown, and prints what WeChat has.
func runMenu(ctx context.Context, o *wechat.Official, publicURL string, show bool, w io.Writer) error {
	if !show {
		if err := o.SetMenu(ctx, officialMenu(publicURL)); err != nil {
			return fmt.Errorf("set the menu: %w", err)
		}
	}
	menu, err := o.Menu(ctx)
	if err != nil {
		return fmt.Errorf("read the menu: %w", err)
	}
	if len(menu) == 0 {
		_, err = io.WriteString(w, "no menu is set\n")
		return err
	}
	var b strings.Builder
	printMenu(&b, menu, "")
	_, err = io.WriteString(w, b.String())
	return err
}

func printMenu(b *strings.Builder, items []wechat.MenuItem, indent string) {
	for _, item := range items {
		b.WriteString(strings.TrimRight(indent+item.Name+"  "+cmp.Or(item.Page, item.URL), " ") + "\n")
		printMenu(b, item.Items, indent+"  ")
	}
}
