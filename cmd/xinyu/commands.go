package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/caarlos0/env/v11"
)

// command is a line of the table below.
type command struct {
	name string // one word or two
	does string
	run  func(ctx context.Context, inv invocation) error
}

// commands is the table of all commands; a new one is a new line here and a
// file of its own.
func commands() []command {
	return []command{
		{"serve", "run the system; what `xinyu` alone does", serve},
		{"migrate", "bring the database's tables up to date, and nothing else", migrate},
		{"import", "compare a roster FILE (.xlsx or .csv) with the roster and, with -apply, bring the roster to it", importRoster},
		{"appoint", "make a person the first manager of a county, by the invite code of their account", appoint},
		{"coverage rebuild", "count all coverage anew from rosters and facts, while the system runs", rebuildCoverage},
		{"audit verify", "find any change of the audit log; -against FILE compares it with a checkpoint that was kept elsewhere", verifyAudit},
		{"audit checkpoint", "print the newest signed checkpoint of the audit log, to be kept elsewhere", auditCheckpoint},
		{"keyset new", "print fresh encryption keys for XINYU_KEYSET; what `xinyu keyset` alone does", newKeyset},
		{"keyset add-key", "print XINYU_KEYSET with a new key that seals from now on", addKey},
		{"keyset rotate", "seal all that older keys of XINYU_KEYSET sealed with its newest, while the system runs", rotateKeys},
		{"keyset drop-old", "print XINYU_KEYSET without its older keys, once nothing in the database needs them", dropOldKeys},
		{"wechat check", "ask the real WeChat whether it takes these settings, and say what to mend in its console", checkWeChat},
		{"openapi", "print the OpenAPI document; -o FILE writes it there", printOpenAPI},
		{"wechat menu", "set the official account's menu to our pages; -show only prints the one that is set", wechatMenu},
		{"healthcheck", "ask the system running here whether it is ready", healthcheck},
		{"version", "print which build this is", printVersion},
	}
}

// shorthands are the command lines that stand for longer ones.
var shorthands = map[string]string{"": "serve", "keyset": "keyset new"}

// invocation is what a command gets.
type invocation struct {
	name           string   // of the command
	args           []string // what follows it
	env            map[string]string
	stdout, stderr io.Writer
}

// run carries out the command line args (without the program's name) with the
// environment, as os.Environ gives it. It ends when the command has or, for
// those that last, soon after ctx does.
func run(ctx context.Context, args, environ []string, stdout, stderr io.Writer) error {
	inv := invocation{args: args, env: env.ToMap(environ), stdout: stdout, stderr: stderr}
	words := strings.Join(args, " ")
	switch words {
	case "help", "-h", "-help", "--help":
		return printHelp(stdout)
	}
	if len(args) > 0 && strings.HasPrefix(args[0], "-") {
		return fmt.Errorf("unknown flag: %w", errUsage)
	}
	if long, ok := shorthands[words]; ok {
		inv.args, words = strings.Fields(long), long
	}
	for _, c := range commands() {
		if words == c.name || strings.HasPrefix(words, c.name+" ") {
			inv.name, inv.args = c.name, inv.args[len(strings.Fields(c.name)):]
			return c.run(ctx, inv)
		}
	}
	return fmt.Errorf("unknown command: %w", errUsage)
}

// parse reads the command's flags, for a command that takes no further words.
func (inv invocation) parse(define func(*flag.FlagSet)) error {
	_, err := inv.parseWords(0, define)
	return err
}

// parseWords reads the command's flags and exactly so many words, in any order.
func (inv invocation) parseWords(want int, define func(*flag.FlagSet)) ([]string, error) {
	flags := flag.NewFlagSet("xinyu "+inv.name, flag.ContinueOnError)
	flags.SetOutput(io.Discard) // errors are printed once, by main
	define(flags)
	var words []string
	err := flags.Parse(inv.args)
	for err == nil && flags.NArg() > 0 {
		words = append(words, flags.Arg(0))
		err = flags.Parse(flags.Args()[1:])
	}
	if errors.Is(err, flag.ErrHelp) {
		flags.SetOutput(inv.stdout)
		flags.Usage()
		return nil, err
	}
	if err == nil && len(words) > want {
		err = errors.New("unexpected words after " + inv.name)
	}
	if err == nil && len(words) < want {
		err = errors.New("something is missing after " + inv.name)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", err, errUsage)
	}
	return words, nil
}

// noFlags refuses anything after the command's name.
func (inv invocation) noFlags() error { return inv.parse(func(*flag.FlagSet) {}) }

// config reads the settings, for a command that takes nothing after its name.
func (inv invocation) config() (config, error) {
	if err := inv.noFlags(); err != nil {
		return config{}, err
	}
	return loadConfig(inv.env)
}

// open opens the app by these steps, for such a command.
func (inv invocation) open(ctx context.Context, steps ...opener) (*app, error) {
	cfg, err := inv.config()
	if err != nil {
		return nil, err
	}
	return openApp(ctx, cfg, steps...)
}

// print prints a line, unless making it failed.
func (inv invocation) print(line string, err error) error {
	if err == nil {
		_, err = fmt.Fprintln(inv.stdout, line)
	}
	return err
}

func printHelp(w io.Writer) error {
	var b strings.Builder
	b.WriteString("xinyu runs a county's mental-health education programme (心育).\n\nCommands:\n")
	for _, c := range commands() {
		fmt.Fprintf(&b, "  %-18s %s\n", c.name, c.does)
	}
	b.WriteString("\nSettings are environment variables; without any, everything runs in this process with demo data:\n")
	for _, s := range settings() {
		fmt.Fprintf(&b, "  %-26s %s\n", s.name, s.means)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
