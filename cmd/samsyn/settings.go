package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/alecthomas/kong"

	"samsyn/api"
)

// folderFlags and imapFlags are the settings of a source as they are typed, to
// add one or to change it. What was not said is nil.
type folderFlags struct {
	Path *string `help:"The folder."`
}

type imapFlags struct {
	Host          *string  `help:"Mail server."`
	Port          *int     `help:"Port; 993 for tls, else 143."`
	User          *string  `help:"Login name."`
	PasswordFile  *string  `help:"File that holds the password; it is read at each login." xor:"password"`
	PasswordStdin bool     `help:"Ask for the password, or read a line of standard input; it is kept sealed." xor:"password"`
	TLS           string   `name:"tls" help:"tls, starttls or none; a new mailbox has tls." enum:",tls,starttls,none" default:""`
	Insecure      *bool    `help:"Allow none on a host other than this machine: the password crosses the network readable." negatable:""`
	CAFile        *string  `name:"ca-file" help:"Certificate of a private authority."`
	Mailbox       *string  `help:"Address of the mailbox, when it differs from the login."`
	Folder        []string `help:"Read these folders only; * stands for anything."`
	ExcludeFolder []string `help:"Leave these folders out."`
	Since         *string  `help:"Leave out mail older than this day, YYYY-MM-DD."`
}

// say puts a setting that was said among the others.
func say[T any](settings map[string]any, name string, v *T) {
	if v != nil {
		settings[name] = *v
	}
}

// sayFile does so with the name of a file, from wherever the command is called; "" names none.
func sayFile(settings map[string]any, name string, v *string) {
	if v != nil && *v != "" {
		settings[name] = kong.ExpandPath(*v)
		return
	}
	say(settings, name, v)
}

// sayList does so with a list; "" stands for an empty one.
func sayList(settings map[string]any, name string, list []string) {
	if list != nil {
		settings[name] = slices.DeleteFunc(list, func(s string) bool { return s == "" })
	}
}

func (f *folderFlags) said(settings map[string]any) error {
	sayFile(settings, "path", f.Path)
	return nil
}

func (f *imapFlags) said(settings map[string]any) error {
	say(settings, "host", f.Host)
	say(settings, "port", f.Port)
	say(settings, "user", f.User)
	say(settings, "insecure", f.Insecure)
	say(settings, "mailbox", f.Mailbox)
	say(settings, "since", f.Since)
	sayFile(settings, "password_file", f.PasswordFile)
	sayFile(settings, "ca_file", f.CAFile)
	sayList(settings, "folders", f.Folder)
	sayList(settings, "exclude_folders", f.ExcludeFolder)
	if f.TLS != "" {
		settings["tls"] = f.TLS
	}
	if !f.PasswordStdin {
		return nil
	}
	password, err := readPassword()
	if err == nil && password == "" {
		err = errors.New("the password is empty")
	}
	settings["password"] = password
	return err
}

type sourceSetCmd struct {
	Source     string  `arg:"" name:"name" help:"Name of the source."`
	Name       *string `help:"Another name."`
	Department *string `help:"Another department."`
	folderFlags
	imapFlags
	NoCheck bool `help:"Change it also when it cannot be read so."`
}

// Run asks the server to change the source, or the parts of this process if none
// runs: so it is tried and read where it is read every day.
func (c *sourceSetCmd) Run(e *env) (err error) {
	said := map[string]any{}
	if err := errors.Join(c.folderFlags.said(said), c.imapFlags.said(said)); err != nil {
		return err
	}
	if len(said) == 0 && c.Name == nil && c.Department == nil {
		return fmt.Errorf("%w: say what to change, such as --host NAME", errUsage)
	}
	l, err := reach(e)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	var all api.SourceList
	if err := l.do(e.ctx, http.MethodGet, "/api/v1/sources", nil, &all); err != nil {
		return err
	}
	at := slices.IndexFunc(all.Sources, func(s api.SourceView) bool { return s.Name == c.Source })
	if at < 0 {
		return unknownSource(c.Source)
	}
	src := all.Sources[at]
	change := api.SourceChange{Name: c.Name, Department: c.Department, Check: !c.NoCheck}
	if len(said) > 0 {
		if err := json.Unmarshal(src.Settings, &change.Settings); err != nil {
			return fmt.Errorf("settings of source %s: %w", src.Name, err)
		}
		maps.Copy(change.Settings, said)
	}
	var now api.SourceView
	if err := l.do(e.ctx, http.MethodPatch, "/api/v1/sources/"+src.ID.String(), change, &now); err != nil {
		return fmt.Errorf("source %s is not changed: %w", src.Name, err)
	}
	return e.out.line(map[string]any{"id": now.ID, "name": now.Name, "department": now.Department, "changed": true}, "Changed %s.", now.Name)
}
