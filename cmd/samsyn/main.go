// Command samsyn reads the mailboxes and workbooks of a company's departments
// and shows each customer's whole history in one search.
//
// This is the only place where the parts are put together: main.go reads the
// command line, app.go opens the parts, and every other file holds one group of
// commands.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"samsyn/configs"
	"samsyn/internal/hub"
)

// version is set when a release is built.
var version = "dev"

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

type cli struct {
	Data      string `help:"Directory of the embedded state." placeholder:"DIR"`
	Config    string `help:"Configuration file." placeholder:"FILE" type:"path"`
	LogFormat string `help:"How log lines are written." enum:"text,json" default:"text"`

	Demo      demoCmd      `cmd:"" help:"Try it: make up a company, read it and serve it."`
	Serve     serveCmd     `cmd:"" help:"Serve the pages and read the sources."`
	Company   companyCmd   `cmd:"" help:"Say who we are, so that we are not taken for a customer."`
	Source    sourceCmd    `cmd:"" help:"Folders and mailboxes that are read."`
	Sync      syncCmd      `cmd:"" help:"Look at the sources once."`
	Search    searchCmd    `cmd:"" help:"Search everything."`
	Customer  customerCmd  `cmd:"" help:"Show one customer with its history."`
	Decisions decisionsCmd `cmd:"" help:"What people decided about links."`
	Export    exportCmd    `cmd:"" help:"Write out links, columns or records as JSON lines."`
	Problems  problemsCmd  `cmd:"" help:"List what could not be read, and why."`
	Relink    relinkCmd    `cmd:"" help:"Link every record again."`
	Reindex   reindexCmd   `cmd:"" help:"Build the search index anew beside the old one."`
	Index     indexCmd     `cmd:"" help:"The server of the search index."`
	Migrate   migrateCmd   `cmd:"" help:"Bring the store up to date."`
	Doctor    doctorCmd    `cmd:"" help:"Check every part and say what to do."`
	Health    healthCmd    `cmd:"" help:"Ask the server on this data directory whether it is ready."`
	User      userCmd      `cmd:"" help:"People who may log in."`
	Token     tokenCmd     `cmd:"" help:"Keys for programs."`
	Version   versionCmd   `cmd:"" help:"Print the version."`
}

// env is what every command gets.
type env struct {
	ctx context.Context
	cfg configs.Config
	log *slog.Logger
	out output
}

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	var c cli
	exited := -1
	parser, err := kong.New(&c, kong.Name("samsyn"), kong.UsageOnError(), kong.Writers(stdout, stderr),
		kong.Description("One view of every customer, from the mailboxes and workbooks you already have."),
		kong.Vars{"roles": strings.Join(hub.UserRoles(), ",")},
		kong.Exit(func(code int) { exited = code; panic(exit{}) }))
	if err != nil {
		fmt.Fprintln(stderr, "samsyn:", err)
		return exitFailed
	}
	parsed, code := parse(parser, args, stderr, &exited)
	if parsed == nil {
		return code
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	e, err := c.env(ctx, stdout, stderr)
	if err == nil {
		err = parsed.Run(e)
	}
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errUsage):
		fmt.Fprintln(stderr, "samsyn:", err)
		return exitUsage
	}
	fmt.Fprintln(stderr, "samsyn:", err)
	return exitFailed
}

// errUsage marks an error in what was typed.
var errUsage = errors.New("usage")

// exit unwinds the parser when --help ended it.
type exit struct{}

func parse(p *kong.Kong, args []string, stderr io.Writer, exited *int) (ctx *kong.Context, code int) {
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(exit); !ok {
				panic(r)
			}
			ctx, code = nil, *exited
		}
	}()
	ctx, err := p.Parse(args)
	if err != nil {
		fmt.Fprintf(stderr, "samsyn: %v\nsamsyn --help lists the commands.\n", err)
		return nil, exitUsage
	}
	return ctx, exitOK
}

func (c *cli) env(ctx context.Context, stdout, stderr io.Writer) (*env, error) {
	cfg, err := configs.Load(c.Config)
	if err != nil {
		return nil, err
	}
	if c.Data != "" {
		cfg.Data = c.Data
	}
	var h slog.Handler = slog.NewTextHandler(stderr, nil)
	if c.LogFormat == "json" {
		h = slog.NewJSONHandler(stderr, nil)
	}
	return &env{ctx: ctx, cfg: cfg, log: slog.New(h), out: newOutput(stdout, stderr)}, nil
}

type versionCmd struct{}

func (versionCmd) Run(e *env) error {
	return e.out.line(map[string]string{"version": version}, "samsyn %s", version)
}
